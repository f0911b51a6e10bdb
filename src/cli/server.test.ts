import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiWorld } from '../api/world.test-support.js';
import { account } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { type Listening, listen } from './server.js';

let api: ApiWorld;
let server: Listening;
beforeEach(async () => {
  api = await ApiWorld.open();
  await api.world.put(account('A-1', { name: 'Ünïcode 漢字' }));
  server = await listen(api.app, '127.0.0.1', 0);
});
afterEach(async () => {
  await server.drain();
  await api.stop();
});

const json = { 'content-type': 'application/json' };
const post = (body: RequestInit['body'], path = '/v1/context', more: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { method: 'POST', headers: json, body, ...more } as RequestInit);

describe('a server', () => {
  it.each([
    ['what there is', { account: 'A-1' }, 200],
    ['what there is not', { account: 'nobody' }, 404],
    ['what is not valid', { account: '' }, 422],
  ])('answers %s with the text and headers that the application has', async (_what, body, status) => {
    const headers = { 'x-request-id': 'r-1' };
    const heard = await post(JSON.stringify(body), '/v1/context', { headers: { ...json, ...headers } });
    const own = await api.ask('/v1/context', { body, headers });
    // The audit position and the time passed since are the only members that differ.
    const withoutPlace = (text: string) => text.replace(/"offset":"\d+"\}\}$|"ageMs":\d+/g, '');
    expect(withoutPlace(await heard.text())).toBe(withoutPlace(own.text));
    expect([heard.status, own.status]).toEqual([status, status]);
    for (const [name, value] of own.headers) if (name !== 'etag') expect(heard.headers.get(name)).toBe(value);
  });

  it('reads a body the same in one piece, in pieces, and without a length', async () => {
    const body = JSON.stringify({ account: 'A-1', question: 'é'.repeat(9_000) });
    const inPieces = new Blob([body]).stream();
    const answers = [await post(body), await post(inPieces, '/v1/context', { duplex: 'half' } as RequestInit)];
    for (const answer of answers) expect(await answer.text()).toContain('Ünïcode 漢字');
  });

  it('refuses a body longer than the limit, whether it says so or not', async () => {
    const body = ' '.repeat(limits.requestBytesMax + 1);
    expect(await statusOf(body, { 'content-length': body.length })).toBe(413);
    expect(await statusOf(body, { 'transfer-encoding': 'chunked' })).toBe(413);
  });

  it('goes on when a caller is gone before its body is whole, and says so in the log', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(`POST /v1/context HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: 9\r\n\r\n{`, () => socket.end());
    await vi.waitFor(() => expect(api.lines.at(-1)).toMatchObject({ status: 400, code: 'request_malformed' }));
    expect((await post('{"account":"A-1"}')).status).toBe(200);
  });
});

function statusOf(body: string, headers: Record<string, string | number>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}/v1/context`, { method: 'POST', headers: { ...json, ...headers } });
    sent.once('response', (response) => resolve(response.resume().statusCode));
    sent.once('error', reject);
    sent.end(body);
  });
}
