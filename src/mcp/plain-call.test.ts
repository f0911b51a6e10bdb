import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiWorld } from '../api/world.test-support.js';
import type { JsonObject } from '../domain/canonical.js';
import { account } from '../fixtures.test-support.js';
import { openMcp } from './mcp.test-support.js';
import { plainCall } from './plain-call.js';
import { toolNamed } from './tools/index.js';

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function message(name: string, args: unknown, more: JsonObject = {}): JsonObject {
  const params = { name, arguments: args as JsonObject, _meta: { ...meta, ...more } };
  return { jsonrpc: '2.0', id: 7, method: 'tools/call', params };
}

function headersOf(name: string): Record<string, string> {
  const accept = 'application/json, text/event-stream';
  const revision = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name };
  return { host: 'localhost', accept, 'x-request-id': 'r-1', ...revision };
}

const call = message('get_context', { account: 'A-1' });
const read = (headers: Record<string, string>, body: unknown) => plainCall((name) => headers[name], body);

let api: ApiWorld;
beforeEach(async () => {
  api = await openMcp();
});
afterEach(() => api.stop());

describe('a plain call', () => {
  it.each([
    ['get_context', { account: 'A-1', question: 'refund?' }],
    ['get_context', { account: 'nobody' }],
    ['get_context', { acount: 'A-1' }],
    ['describe_context', {}],
    ['check_snapshot', { snapshot: 'sha256-none' }],
    ['trace_decision', { decision: 'd-1' }],
  ])('is answered as the library answers it: %s %j', async (name, args) => {
    await api.world.put(account('A-1'));
    const headers = headersOf(name);
    const plain = message(name, args);
    // A token for progress, which is never told, is all that makes it the library's.
    const other = message(name, args, { progressToken: 1 });
    expect([read(headers, plain)?.id, read(headers, other)]).toEqual([7, undefined]);
    const [short, long] = [
      await api.ask('/mcp', { headers, body: plain }),
      await api.ask('/mcp', { headers, body: other }),
    ];
    expect(withoutAudit(short.text)).toEqual(withoutAudit(long.text));
    expect([short.status, short.headers.get('content-type')]).toEqual([200, long.headers.get('content-type')]);
  });

  it('is answered by JSON-RPC, under its id, when something breaks', async () => {
    const broken = toolNamed('get_context') ?? expect.fail('there is such a tool');
    vi.spyOn(broken, 'call').mockRejectedValue(new Error('canary'));
    const { status, body, text } = await api.ask('/mcp', { headers: headersOf('get_context'), body: call });
    vi.restoreAllMocks();
    expect([status, body]).toEqual([
      200,
      { jsonrpc: '2.0', id: 7, error: { code: -32_603, message: 'internal error' } },
    ]);
    expect(text).not.toContain('canary');
    expect(api.lines).toContainEqual(expect.objectContaining({ msg: 'unexpected error' }));
  });

  it.each([
    ['another revision', { 'mcp-protocol-version': '2025-11-25' }, call],
    ['another method', { 'mcp-method': 'tools/list' }, call],
    ['another name in the header', { 'mcp-name': 'search_context' }, call],
    ['another name in the body', {}, message('search_context', {})],
    ['a tool that is none', { 'mcp-name': 'constructor' }, message('constructor', {})],
    ['no id', {}, { ...call, id: null }],
    ['an id that is no whole number', {}, { ...call, id: 1.5 }],
    ['a further member', {}, { ...call, extra: 1 }],
    ['a batch', {}, [call]],
    ['arguments that are a list', {}, message('get_context', [])],
    [
      'capabilities with more to them',
      {},
      message('get_context', {}, { 'io.modelcontextprotocol/clientCapabilities': { a: { b: 1 } } }),
    ],
    [
      'another revision in the body',
      {},
      message('get_context', {}, { 'io.modelcontextprotocol/protocolVersion': '2025-11-25' }),
    ],
    [
      'a client without a version',
      {},
      message('get_context', {}, { 'io.modelcontextprotocol/clientInfo': { name: 'x' } }),
    ],
  ])('is none with %s', (_what, headers, body) => {
    expect(read({ ...headersOf('get_context'), ...headers }, body)).toBeUndefined();
  });
});

/** Each release has a record of its own. */
function withoutAudit(text: string): unknown {
  return JSON.parse(text.replaceAll(/(\\?"audit\\?":)\{[^}]*\}/g, '$10'));
}
