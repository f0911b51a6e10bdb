import { describe, expect, it, vi } from 'vitest';
import { TidemarkClient } from './client.js';
import { clientLimits } from './limits.js';
import { pauseOfTimers } from './pause.js';
import type { ClientOptions } from './transport.js';

const problem =
  (code: string, retriable: boolean, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify({ code, detail: 'what', advice: 'do', retriable, requestId: 'r-1' }), {
      status: 503,
      headers: { 'content-type': 'application/problem+json', ...headers },
    });
const reply = (body: unknown) => () => new Response(JSON.stringify(body));
const broken = () => {
  throw new TypeError('fetch failed');
};

/** Answers with each of `answers` in turn, the last one again and again; nobody waits. */
function scripted(answers: readonly (() => Response)[], options: Partial<ClientOptions> = {}) {
  const sent: Request[] = [];
  const pauses: number[] = [];
  const client = new TidemarkClient({
    url: 'http://tidemark.test/base/',
    fetch: async (request) => {
      sent.push(request);
      return (answers[sent.length - 1] ?? answers.at(-1) ?? broken)();
    },
    pause: async (ms) => void pauses.push(ms),
    ...options,
  });
  return { client, sent, pauses };
}

describe('a call', () => {
  it('is sent to the address with its key, its body and its correlation', async () => {
    const { client, sent } = scripted([reply({ id: 's' })], { key: 'tm_k' });
    await client.context({ account: 'A-1' }, { correlationId: 'c-1' });
    const [request] = sent;
    expect([request?.method, request?.url]).toEqual(['POST', 'http://tidemark.test/base/v1/context']);
    expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
      ...{ authorization: 'Bearer tm_k', 'correlation-id': 'c-1', 'content-type': 'application/json' },
    });
    expect(await request?.json()).toEqual({ account: 'A-1' });
  });

  it('is kept under the correlation it names, where a claim or an event names none itself', async () => {
    const { client, sent } = scripted([reply({})]);
    const named = { correlationId: 'c-1' };
    const event = { specversion: '1.0' as const, id: 'e', source: '/s', type: 'account.created', data: {} };
    await client.claim({ idempotencyKey: 'k', tool: 't' }, named);
    await client.claim({ idempotencyKey: 'k', tool: 't', correlationId: 'own' }, named);
    await client.append(event, named);
    await client.append([event, { ...event, correlationid: 'own' }], named);
    const texts = await Promise.all(sent.map((request) => request.text()));
    const bodies = texts.flatMap((text): Record<string, unknown>[] => JSON.parse(text));
    expect(bodies.slice(0, 2).map(({ correlationId }) => correlationId)).toEqual(['c-1', 'own']);
    expect(bodies.slice(2).map(({ correlationid }) => correlationid)).toEqual(['c-1', 'c-1', 'own']);
  });

  it.each(['.', '..', '', '\ud800'])('is not sent where an id would be another address (%j)', async (id) => {
    const { client, sent } = scripted([reply({})]);
    const called = client.trace(id);
    await expect(called).rejects.toMatchObject({ code: 'request_invalid', retriable: false });
    expect(sent).toEqual([]);
  });

  it('is sent again after a retriable problem and a lost connection, with the same bytes', async () => {
    const { client, sent, pauses } = scripted([problem('behind', true), broken, reply({ id: 's' })]);
    expect(await client.context({ account: 'A-1' })).toEqual({ id: 's' });
    const bodies = await Promise.all(sent.map((request) => request.text()));
    expect(new Set(bodies).size).toBe(1);
    expect(pauses).toHaveLength(2);
  });

  it('is not sent again when the problem says that it cannot help', async () => {
    const { client, sent } = scripted([problem('token_of_another_log', false)]);
    await expect(client.context({ account: 'A-1' })).rejects.toMatchObject({ code: 'token_of_another_log' });
    expect(sent).toHaveLength(1);
  });

  it('is sent no more than so many times, with pauses that stay under the bound', async () => {
    const { client, sent, pauses } = scripted([broken]);
    await expect(client.context({ account: 'A-1' })).rejects.toMatchObject({ code: 'unreachable', retriable: true });
    expect(sent).toHaveLength(clientLimits.attemptsMax);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(clientLimits.pauseMsFirst * 2 ** (clientLimits.attemptsMax - 2));
  });

  it('waits as long as the service asks, and gives up where that is too long', async () => {
    const patient = scripted([problem('overloaded', true, { 'retry-after': '2' }), reply({})]);
    await patient.client.context({ account: 'A-1' });
    expect(patient.pauses).toEqual([2_000]);
    const hopeless = scripted([problem('overloaded', true, { 'retry-after': '3600' })]);
    await expect(hopeless.client.context({ account: 'A-1' })).rejects.toMatchObject({ code: 'overloaded' });
    expect(hopeless.pauses).toEqual([]);
  });

  it.each([
    [() => new Response('<html>', { status: 200 }), false],
    [() => new Response('{}', { status: 404 }), false],
    [() => new Response('Bad Gateway', { status: 502 }), true],
  ])('says that the reply is none of Tidemark (%#)', async (answer, retriable) => {
    const { client } = scripted([answer], { attemptsMax: 1 });
    const called = client.context({ account: 'A-1' });
    await expect(called).rejects.toMatchObject({ code: 'reply_unreadable', retriable });
  });
});

describe('a signal', () => {
  const reason = new Error('enough');

  it('ends a call before it is sent', async () => {
    const { client, sent } = scripted([reply({})]);
    await expect(client.context({ account: 'A-1' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(sent).toEqual([]);
  });

  it('ends a call in its pause', async () => {
    const stopping = new AbortController();
    const pause = vi.fn(pauseOfTimers);
    const { client } = scripted([problem('overloaded', true, { 'retry-after': '9' })], { pause });
    const called = client.context({ account: 'A-1' }, { signal: stopping.signal });
    called.catch(() => undefined);
    await vi.waitFor(() => expect(pause).toHaveBeenCalled());
    stopping.abort(reason);
    await expect(called).rejects.toBe(reason);
  });

  it('ends a call whose reply never comes', async () => {
    const stopping = new AbortController();
    const fetch = ({ signal }: Request) =>
      new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { client } = scripted([], { fetch });
    const called = client.context({ account: 'A-1' }, { signal: stopping.signal });
    stopping.abort(reason);
    await expect(called).rejects.toBe(reason);
  });
});
