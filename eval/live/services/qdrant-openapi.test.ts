import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Exchange } from './openapi-check.js';
import { toJsonSchema } from './openapi-schema.js';
import { loopback } from './ports.js';
import { type CheckedQdrant, checkedQdrant, openApiMissing, openApiPath, qdrantCheck } from './qdrant-openapi.js';

describe('an OpenAPI 3.0 schema', () => {
  const open = { closed: false };

  it('says null by nullable, beside a type and alone', () => {
    expect(toJsonSchema({ type: 'integer', nullable: true }, open)).toEqual({
      anyOf: [{ type: 'integer' }, { type: 'null' }],
    });
    const either = { anyOf: [{ $ref: '#/components/schemas/Filter' }, { nullable: true }] };
    expect(toJsonSchema(either, open)).toEqual({ anyOf: [{ $ref: '#/components/schemas/Filter' }, { type: 'null' }] });
  });

  it('keeps fields that are named like keywords, and closes objects that name their fields', () => {
    const schema = { type: 'object', properties: { nullable: { type: 'boolean' }, items: { type: 'object' } } };
    expect(toJsonSchema(schema, open)).toEqual(schema);
    expect(toJsonSchema(schema, { closed: true })).toEqual({ ...schema, additionalProperties: false });
  });
});

const points = '/collections/any/points';
const updated = { result: { operation_id: 1, status: 'completed' }, status: 'ok', time: 0.1 };
const point = { id: 1, vector: { dense: [1, 2], terms: { indices: [1], values: [0.5] } }, payload: { rev: 1 } };

interface Told {
  readonly method?: string;
  readonly path?: string;
  readonly request?: unknown;
  readonly status?: number;
  readonly reply?: unknown;
}

function exchange({ method = 'PUT', path = points, request, status = 200, reply = updated }: Told): Exchange {
  const text = request === undefined ? '' : JSON.stringify(request);
  return { method, path, request: text, status, replyType: 'application/json', reply: JSON.stringify(reply) };
}

describe.skipIf(openApiPath() === undefined)(`an exchange with Qdrant (${openApiMissing})`, () => {
  const check = qdrantCheck();
  const told = (one: Told) => check?.violations(exchange(one)).map(({ where, what }) => `${where}: ${what}`);
  const found = [{ id: 1, version: 3, score: 0.5, payload: null }];
  const query = { method: 'POST', path: '/collections/any/points/query' };
  const answered = { ...query, reply: { result: { points: found }, status: 'ok', time: 0, usage: null } };
  const filter = { must: [{ key: 'rev', range: { lt: 4, gte: null } }, { has_id: [1] }], must_not: null };

  it.each<[string, Told]>([
    [
      'a conditional upsert',
      { path: `${points}?wait=true&ordering=strong`, request: { points: [point], update_filter: filter } },
    ],
    [
      'an id that is a UUID',
      { request: { points: [{ ...point, id: '00000000-0000-5000-8000-000000000001' }], shard_key: null } },
    ],
    [
      'a dense query',
      { ...answered, request: { query: [1, 2], using: 'dense', filter, params: { exact: true }, with_payload: ['a'] } },
    ],
    [
      'a sparse query',
      { ...answered, request: { query: { indices: [4_294_967_295], values: [1] }, using: 'terms', limit: 5 } },
    ],
    ['an error', { request: { points: [point] }, status: 404, reply: { status: { error: 'Not found' }, time: 0 } }],
  ])('is taken as it is meant: %s', (_, one) => {
    expect(told(one)).toEqual([]);
  });

  it.each<[string, Told]>([
    ['request PUT .*no parameter waits', { path: `${points}?waits=true`, request: { points: [point] } }],
    ['request PUT .*ordering=best', { path: `${points}?ordering=best`, request: { points: [point] } }],
    ['request PUT .*wait=yes', { path: `${points}?wait=yes`, request: { points: [point] } }],
    ['request PUT .*updateFilter', { request: { points: [point], updateFilter: filter } }],
    ['request PUT .*uuid', { request: { points: [{ ...point, id: 'no-uuid' }] } }],
    ['request PUT .*required', { request: { points: [{ id: 1 }] } }],
    ['request PUT .*is no JSON', {}],
    ['request POST .*uint32', { ...answered, request: { query: { indices: [2 ** 32], values: [1] } } }],
    [
      'request POST .*below',
      { ...answered, request: { query: [1], filter: { must: [{ key: 'a', range: { below: 4 } }] } } },
    ],
    ['request POST .*type', { ...answered, request: { query: [1], limit: '5' } }],
    ['request POST .*no such operation', { ...answered, path: '/collections/any/points/find', request: {} }],
    ['reply 200 of PUT .*result', { request: { points: [point] }, reply: { status: 'ok', time: 0 } }],
    [
      'reply 200 of PUT .*allowedValues',
      { request: { points: [point] }, reply: { ...updated, result: { status: 'done' } } },
    ],
    [
      'reply 200 of POST .*score',
      { ...query, request: {}, reply: { ...updated, result: { points: [{ id: 1, version: 1 }] } } },
    ],
  ])('is found when it is wrong: %s', (expected, one) => {
    expect(told(one)).toEqual([expect.stringMatching(expected)]);
  });
});

describe.skipIf(openApiPath() === undefined)(`a checked Qdrant (${openApiMissing})`, () => {
  let server: Server | undefined;
  let checked: CheckedQdrant | undefined;
  afterEach(async () => {
    await checked?.close();
    server?.close();
  });

  it('passes on what is asked and answered, and tells what of it was wrong', async () => {
    const asked: string[] = [];
    const upstream = createServer((request, answer) => {
      asked.push(`${request.method} ${request.url} ${request.headers['api-key']}`);
      request.resume().once('end', () => answer.setHeader('content-type', 'application/json').end('{"result":7}'));
    });
    server = upstream;
    await new Promise<void>((resolve) => upstream.listen(0, loopback, resolve));
    const address = upstream.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    checked = await checkedQdrant(`http://${loopback}:${port}`);
    const body = JSON.stringify({ points: [{ id: 1, vector: 'wrong' }] });
    const reply = await fetch(`${checked.url}${points}`, { method: 'PUT', body, headers: { 'api-key': 'given' } });
    expect(await reply.json()).toEqual({ result: 7 });
    expect(asked).toEqual([`PUT ${points} given`]);
    expect(checked.exchanges).toBe(1);
    expect(checked.violations.map(({ where }) => where)).toEqual([
      'request PUT /collections/{collection_name}/points',
      'reply 200 of PUT /collections/{collection_name}/points',
    ]);
  });

  it('ends the connection when the server does not answer', async () => {
    checked = await checkedQdrant(`http://${loopback}:1`);
    await expect(fetch(`${checked.url}/collections`)).rejects.toThrow('fetch failed');
  });
});
