import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account } from '../fixtures.test-support.js';
import { accepts } from './endpoint.js';
import { documented, endpoints } from './endpoints.js';
import { openApiText } from './openapi.js';
import { problemTypes } from './problems.js';
import { ApiWorld, expectProblem, member } from './world.test-support.js';

let api: ApiWorld;
beforeEach(async () => {
  api = await ApiWorld.open();
});
afterEach(() => api.stop());

describe('an address', () => {
  it.each(['/v1', '/v2/context', '/v1/context/', '/v1/snapshots', '/docs/other.js', '/docs/..%2f..%2fpackage.json'])(
    'that is none, %s, is a problem',
    async (path) => {
      expectProblem(await api.ask(path), 404, 'route_not_found');
    },
  );

  it.each([
    ['DELETE', '/v1/accounts/A-1', 'GET, HEAD'],
    ['POST', '/v1/positions', 'GET, HEAD'],
    ['GET', '/v1/events', 'POST'],
    ['PUT', '/v1/context', 'POST'],
    ['OPTIONS', '/v1/context', 'POST'],
    ['PATCH', '/v1/snapshots/x/replay', 'POST'],
  ])('answers %s %s with the methods it has', async (method, path, allow) => {
    const heard = await api.ask(path, { method });
    expectProblem(heard, 405, 'method_not_allowed');
    expect(heard.headers.get('allow')).toBe(allow);
  });

  it('refuses a client that accepts nothing it has', async () => {
    const heard = await api.ask('/v1/positions', { headers: { accept: 'text/html' } });
    expect(expectProblem(heard, 406, 'not_acceptable').facts).toEqual({ mediaType: 'application/json' });
  });

  it.each([
    [undefined, true],
    ['*/*', true],
    ['application/json', true],
    ['APPLICATION/JSON;q=0.1, text/html', true],
    ['application/*', true],
    ['text/html, */*;q=0.1', true],
    ['application/json;q=0, */*', false],
    ['text/html', false],
    ['application/json-seq', false],
  ])('with Accept %s has JSON: %s', (header, expected) => {
    expect(accepts(header, 'application/json')).toBe(expected);
  });
});

describe('a response', () => {
  const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  it("carries the caller's request id and trace context, and so does the log", async () => {
    const headers = { 'x-request-id': 'r-1/a', traceparent: parent, tracestate: 'a=1' };
    const heard = await api.ask('/v1/accounts/nobody', { headers });
    for (const [name, value] of Object.entries(headers)) expect(heard.headers.get(name)).toBe(value);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const line = { requestId: 'r-1/a', traceId, method: 'GET', route: '/v1/accounts/{id}', status: 404 };
    expect(api.lines.at(-1)).toMatchObject({ ...line, code: 'account_not_found' });
  });

  it.each(['', ' ', 'a b', '<script>', 'x'.repeat(129), 'é'])(
    'gets an id of ours when the caller sends %j',
    async (id) => {
      const heard = await api.ask('/livez', { headers: { 'x-request-id': id } });
      expect(heard.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it.each(['x', parent.toUpperCase(), `ff${parent.slice(2)}`, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])(
    'carries no trace context when the one sent is %s',
    async (traceparent) => {
      const heard = await api.ask('/livez', { headers: { traceparent, tracestate: 'a=1' } });
      expect([heard.headers.get('traceparent'), heard.headers.get('tracestate')]).toEqual([null, null]);
    },
  );

  it('is never stored on the way nor guessed at', async () => {
    for (const path of ['/v1/positions', '/nowhere', '/docs']) {
      const { headers } = await api.ask(path);
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    }
  });

  it('and its log line hold no customer text when the request fails unexpectedly', async () => {
    const { state } = api.world as unknown as { state: { account: unknown } };
    state.account = () => Promise.reject(new Error('customer words'));
    const heard = await api.ask('/v1/accounts/private-name');
    expectProblem(heard, 500, 'internal');
    expect(api.lines).toContainEqual(
      expect.objectContaining({ level: 50, error: 'Error', route: '/v1/accounts/{id}' }),
    );
    expect(heard.text + JSON.stringify(api.lines)).not.toMatch(/customer words|private-name/);
  });

  it('goes into the log as one line, quietly for probes', async () => {
    await api.world.put(account('A-1'));
    await api.ok('/v1/context', { body: { account: 'A-1', question: 'private words' } });
    await api.ask('/livez');
    expect(api.lines.map(({ level, route, status }) => [level, route, status])).toEqual([
      [30, '/v1/context', 200],
      [20, '/livez', 200],
    ]);
    expect(JSON.stringify(api.lines)).not.toContain('private words');
  });
});

describe('the description', () => {
  const text = openApiText(documented, '0.1.0');
  const document = JSON.parse(text);

  it('is OpenAPI 3.1, served, and the same as the committed copy (update: npm run openapi)', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect((await api.ask('/openapi.json')).text).toBe(text);
    expect(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')).toBe(text);
  });

  it('names every operation once and lists its problems', () => {
    const operations = Object.values<Record<string, Record<string, unknown>>>(document.paths).flatMap(Object.values);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(documented.length);
    for (const operation of operations.filter(({ security }) => (security as unknown[]).length > 0)) {
      expect(member(operation as never, 'responses', '401', 'content', 'application/problem+json')).toBeDefined();
    }
  });

  it('closes request bodies', () => {
    const { ContextRequest } = document.components.schemas;
    expect(ContextRequest.additionalProperties).toBe(false);
  });

  it('is found from the bare address: by a program as a link, by a browser at once', async () => {
    expect((await api.ask('/')).body).toEqual({ service: 'tidemark', docs: '/docs', openApi: '/openapi.json' });
    const browser = await api.ask('/', { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/docs']);
  });

  it('is shown by a page that loads nothing from other hosts', async () => {
    const { text: page, headers } = await api.ask('/docs');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
    for (const url of loaded.filter((one) => !one.startsWith('data:'))) {
      expect(url).toMatch(/^\/docs\//);
      expect((await api.ask(url)).status).toBe(200);
    }
    expect(page).not.toMatch(/<script>|style=/);
  });
});

describe('the codes', () => {
  it('of every endpoint have a status of their own kind', () => {
    for (const { problems } of endpoints)
      for (const code of problems) expect(problemTypes[code].status).toBeLessThan(504);
    for (const { status, title } of Object.values(problemTypes))
      expect([status >= 400, title.length > 0]).toEqual([true, true]);
  });
});
