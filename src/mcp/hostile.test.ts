import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyAuthentication } from '../api/auth.js';
import { type ApiWorld, expectProblem } from '../api/world.test-support.js';
import type { JsonObject } from '../domain/canonical.js';
import { account, tenant } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { called, connected, modes, openMcp } from './mcp.test-support.js';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const keys = [
  { id: 'ours', sha256: sha256('ours'), tenant, scopes: ['read', 'write'] as const },
  { id: 'theirs', sha256: sha256('theirs'), tenant: 'other', scopes: ['read', 'write'] as const },
  { id: 'writer', sha256: sha256('writer'), tenant, scopes: ['write'] as const },
];
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const base = { host: 'localhost', accept: 'application/json, text/event-stream' };
const modern = { ...base, 'mcp-protocol-version': '2026-07-28' };
const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const rpc = (method: string, params: JsonObject = {}, id: number | string = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  params: { ...params, _meta: meta },
});
const toolCall = (account: string, id: number) => ({
  headers: { ...modern, 'mcp-method': 'tools/call', 'mcp-name': 'get_context' },
  body: rpc('tools/call', { name: 'get_context', arguments: { account } }, id),
});

describe('without keys, /mcp', () => {
  let api: ApiWorld;
  beforeEach(async () => {
    api = await openMcp();
  });
  afterEach(() => api.stop());

  it.each([
    ['a page of elsewhere', { origin: 'https://evil.example' }],
    ['a page without a place', { origin: 'null' }],
    ['a name that was pointed here', { host: 'evil.example:7420' }],
  ])('refuses %s, before anything else', async (_what, headers) => {
    const { status, body } = await api.ask('/mcp', { headers: { ...base, ...headers }, body: rpc('server/discover') });
    expect([status, body.error]).toEqual([403, expect.objectContaining({ code: -32_000 })]);
  });

  it.each([
    ['another loopback address', { host: '127.0.0.2:7420' }],
    ['a page of another loopback address', { origin: 'http://127.0.0.2:8080' }],
  ])('answers %s, as /v1 does', async (_what, headers) => {
    const discover = { ...modern, 'mcp-method': 'server/discover', ...headers };
    expect((await api.ask('/mcp', { headers: discover, body: rpc('server/discover') })).status).toBe(200);
    expect((await api.ask('/v1/positions', { headers })).status).toBe(200);
  });

  it.each(['GET', 'DELETE', 'PUT'])('has no %s: there are no sessions', async (method) => {
    expect((await api.ask('/mcp', { method, headers: base })).status).toBe(405);
  });

  it.each([
    [
      'a header that names another method',
      400,
      { 'mcp-method': 'tools/list' },
      rpc('tools/call', { name: 'get_context' }),
    ],
    [
      'a header that names another tool',
      400,
      { 'mcp-method': 'tools/call', 'mcp-name': 'x' },
      rpc('tools/call', { name: 'get_context' }),
    ],
    ['a method that is none', 404, { 'mcp-method': 'tools/destroy' }, rpc('tools/destroy')],
    [
      'a revision that is none',
      400,
      { 'mcp-protocol-version': '2031-01-01', 'mcp-method': 'tools/list' },
      rpc('tools/list'),
    ],
    ['no JSON-RPC', 400, {}, { hello: 1 }],
    ['no JSON', 400, {}, '{"jsonrpc":'],
    ['nothing', 400, { 'content-type': 'application/json' }, ''],
    ['numbers that would change', 400, {}, '{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}'],
    [
      'nesting without end',
      400,
      {},
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'['.repeat(9_999)}${']'.repeat(9_999)}}`,
    ],
    ['too much', 413, {}, `{"a":"${'a'.repeat(limits.requestBytesMax)}"}`],
    ['text of another type', 415, { 'content-type': 'text/plain' }, 'hello'],
  ])('answers %s with a JSON-RPC error and status %i', async (_what, status, headers, body) => {
    const heard = await api.ask('/mcp', { headers: { ...modern, ...headers }, body });
    expect(heard.status).toBe(status);
    expect(heard.body).toMatchObject({
      jsonrpc: '2.0',
      error: { code: expect.any(Number), message: expect.any(String) },
    });
  });

  it('answers two clients that use one id at once with what each asked for', async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `A-${index}`);
    for (const id of ids) await api.world.put(account(id));
    const heard = await Promise.all(ids.map((id) => api.ask('/mcp', toolCall(id, 1))));
    const results = heard.map(({ body }) => (body.result as { structuredContent: JsonObject }).structuredContent);
    expect(results.map((result) => result.account)).toEqual(ids);
  });

  it('goes on when a client has gone in the middle of its call', async () => {
    await api.world.put(account('A-1'));
    const { headers, body } = toolCall('A-1', 1);
    const gone = new AbortController();
    const asked = new Request('http://localhost/mcp', {
      method: 'POST',
      signal: gone.signal,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, params: { ...body.params, _meta: { ...meta, progressToken: 1 } } }),
    });
    const answer = Promise.resolve(api.app.fetch(asked)).catch(() => undefined);
    gone.abort();
    await answer;
    expect((await api.ask('/mcp', toolCall('A-1', 1))).status).toBe(200);
  });
});

describe.each(modes)('with keys, a client in mode %s', (mode) => {
  let api: ApiWorld;
  beforeEach(async () => {
    api = await openMcp({
      auth: keyAuthentication({ keys: keys.map((key) => ({ ...key, scopes: [...key.scopes] })) }),
    });
    await api.world.put(account('A-1'));
  });
  afterEach(() => api.stop());

  it('answers a page of the host that was called, and no other page but of this machine', async () => {
    const host = 'tidemark.example:8443';
    const statusOf = async (origin: string) => {
      const headers = { ...modern, ...bearer('ours'), host, origin, 'mcp-method': 'server/discover' };
      return (await api.ask('/mcp', { headers, body: rpc('server/discover') })).status;
    };
    for (const origin of [`https://${host}`, 'http://localhost:3000']) expect(await statusOf(origin)).toBe(200);
    for (const origin of ['https://tidemark.example', 'https://evil.example:8443', 'null', `ftp://${host}`])
      expect(await statusOf(origin)).toBe(403);
  });

  it('is asked for a credential, as over HTTP', async () => {
    for (const headers of [{}, bearer('nobody')]) {
      const heard = await api.ask('/mcp', { headers: { ...base, ...headers }, body: rpc('server/discover') });
      expectProblem(heard, 401, 'unauthenticated');
      expect(heard.headers.get('www-authenticate')).toMatch(/^Bearer /);
    }
    await expect(connected(api, mode)).rejects.toThrow();
  });

  it('is told of its own tenant only: what is of another is not there, in the same words as what is nowhere', async () => {
    const ours = await connected(api, mode, bearer('ours'));
    const theirs = await connected(api, mode, bearer('theirs'));
    const { value } = await called(ours, 'get_context', { account: 'A-1' });
    const foreign = String(value.id);
    const nowhere = `sha256-${'0'.repeat(64)}`;
    for (const tool of ['check_snapshot', 'replay_snapshot']) {
      const [one, other] = [
        await called(theirs, tool, { snapshot: foreign }),
        await called(theirs, tool, { snapshot: nowhere }),
      ];
      expect([one.problem.code, one.texts]).toEqual(['snapshot_not_found', other.texts]);
    }
    expect((await called(theirs, 'get_context', { account: 'A-1' })).problem.code).toBe('account_not_found');
    for (const uri of [
      `snapshot://${foreign}`,
      'account://A-1',
      'snapshot://x',
      'account://%ff',
      'file:///etc/passwd',
    ]) {
      const refused = theirs.readResource({ uri }).then(String, (error: Error & { code: number }) => error);
      expect(await refused).toMatchObject({ code: -32_602, message: `Resource not found: ${uri}` });
    }
  });

  it('is told what its key lacks as a result of the tool', async () => {
    const writer = await connected(api, mode, bearer('writer'));
    const { isError, problem, texts } = await called(writer, 'get_context', { account: 'A-1' });
    expect([isError, problem.code]).toEqual([true, 'forbidden']);
    expect(texts[0]).toContain('Hint: ');
  });

  it('reads a snapshot and an account as the resources that results link', async () => {
    const client = await connected(api, mode, bearer('ours'));
    const result = await client.callTool({ name: 'get_context', arguments: { account: 'A-1' } });
    const links = result.content.flatMap((block) => (block.type === 'resource_link' ? [block.uri] : []));
    const id = (result.structuredContent as JsonObject).id;
    expect(links).toEqual([`snapshot://${id}`, 'account://A-1']);
    for (const uri of links) {
      const { contents, _meta } = await client.readResource({ uri });
      expect(contents).toEqual([expect.objectContaining({ uri, mimeType: 'application/json' })]);
      expect(_meta).toHaveProperty('tidemark/provenance.readiness', 'ready');
    }
  });
});
