import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiWorld } from '../api/world.test-support.js';
import { account } from '../fixtures.test-support.js';
import { openMcp } from '../mcp/mcp.test-support.js';
import { type Listening, listen } from './server.js';

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const accept = 'application/json, text/event-stream';
const calling = { accept, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'get_context' };
const call = (args: object, more: object = {}) =>
  JSON.stringify({
    ...{ jsonrpc: '2.0', id: 7, method: 'tools/call' },
    params: { name: 'get_context', arguments: args, _meta: { ...meta, ...more } },
  });
const initialize = JSON.stringify({
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});

/** What is asked, whether it goes the short way, and the request. */
type Case = readonly [what: string, isShort: boolean, path: string, sent: Sent];

interface Sent {
  readonly body: string;
  readonly own: Record<string, string>;
}
const cases: readonly Case[] = [
  ['a context', true, '/v1/context', { own: {}, body: '{"account":"A-1"}' }],
  ['an account that is none', true, '/v1/context', { own: {}, body: '{"account":"A-2"}' }],
  ['an address that is none', false, '/v1/none', { own: {}, body: '{}' }],
  ['a call', true, '/mcp', { own: calling, body: call({ account: 'A-1' }) }],
  ['a call that is refused', true, '/mcp', { own: calling, body: call({ account: 'A-2' }) }],
  ['a call with wrong arguments', true, '/mcp', { own: calling, body: call({ acount: 'A-1' }) }],
  ['a call that is not plain', true, '/mcp', { own: calling, body: call({ account: 'A-1' }, { progressToken: 1 }) }],
  [
    'a call with another name',
    true,
    '/mcp',
    { own: { ...calling, 'mcp-name': 'search_context' }, body: call({ account: 'A-1' }) },
  ],
  ['a call that is no JSON', true, '/mcp', { own: calling, body: '{"jsonrpc":' }],
  ['a call as text', true, '/mcp', { own: { ...calling, 'content-type': 'text/plain' }, body: 'hello' }],
  [
    'a call by a page of elsewhere',
    true,
    '/mcp',
    { own: { ...calling, origin: 'https://evil.example' }, body: call({}) },
  ],
  ['the beginning of the older revision', false, '/mcp', { own: { accept }, body: initialize }],
];

let api: ApiWorld;
let server: Listening;
/** Whether the last request was answered without the framework. */
let wasShort = false;

beforeAll(async () => {
  api = await openMcp();
  await api.world.put(account('A-1'));
  const direct: typeof api.app.direct = (incoming, outgoing) => {
    wasShort = api.app.direct(incoming, outgoing);
    return wasShort;
  };
  server = await listen({ fetch: api.app.fetch, direct }, '127.0.0.1', 0);
});
afterAll(async () => {
  await server.drain();
  await api.stop();
});

describe('through a listening server', () => {
  it.each(cases)(
    '%s is answered as the application answers it (the short way: %s)',
    async (_what, isShort, path, { own, body }) => {
      const headers = { 'content-type': 'application/json', 'x-request-id': 'r-1', ...own };
      const asked = { method: 'POST', headers, body };
      const listening = await shown(await fetch(`${server.url}${path}`, asked));
      const { host } = new URL(server.url);
      const request = new Request(`${server.url}${path}`, { ...asked, headers: { ...headers, host } });
      const application = await shown(await api.app.fetch(request));
      expect(listening).toEqual(application);
      expect(wasShort).toBe(isShort);
    },
  );
});

const ofConnection = ['connection', 'keep-alive', 'date', 'content-length', 'transfer-encoding'];

/** Each release has a record of its own, and what is told of the connection is no part of the answer. */
async function shown(response: Response) {
  const headers = [...response.headers].filter(([name]) => !ofConnection.includes(name)).sort();
  const text = await response.text();
  return { status: response.status, headers, text: text.replaceAll(/(\\?"audit\\?":)\{[^}]*\}/g, '$10') };
}
