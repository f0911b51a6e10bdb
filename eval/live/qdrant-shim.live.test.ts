/** The shim against the server it stands in for: the same requests, and replies of the same form. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnQdrant } from './qdrant.js';
import { isRealQdrant, qdrantUrl, realQdrantMissing } from './settings.js';

type Ask = readonly [method: string, path: string, body?: unknown];

const one = '/collections/tidemark-compared';
const alias = { alias_name: 'tidemark-compared-alias', collection_name: 'tidemark-compared' };
const byAlias = `/collections/${alias.alias_name}`;
const payload = { tenant: 'a', deleted: false };
const point = (id: number, rev: number) => ({
  id,
  vector: { dense: [rev, 1], terms: { indices: [7], values: [rev] } },
  payload: { ...payload, rev },
});
const wrongDense = { id: 5, vector: { dense: [1] }, payload };
const wrongSparse = (indices: readonly number[]) => ({
  id: 6,
  vector: { terms: { indices, values: [1, 1] } },
  payload,
});
const below = (rev: number) => ({ must: [{ key: 'rev', range: { lt: rev } }] });
const present = {
  must: [
    { key: 'tenant', match: { value: 'a' } },
    { key: 'deleted', match: { value: false } },
  ],
};
const vectors = { dense: { size: 2, distance: 'Dot' } };
const upserted = `${one}/points?wait=true&ordering=strong`;

/** In this order; each on what those before it have left. */
const asks: readonly Ask[] = [
  ['GET', one],
  ['GET', `${one}/exists`],
  ['PUT', one, { vectors, sparse_vectors: { terms: {} } }],
  ['PUT', one, { vectors }],
  ['PUT', `${one}/index?wait=true`, { field_name: 'tenant', field_schema: { type: 'keyword', is_tenant: true } }],
  ['PUT', `${one}/index?wait=true`, { field_name: 'rev', field_schema: 'integer' }],
  ['PUT', `${one}/index?wait=true`, { field_name: 'deleted', field_schema: 'bool' }],
  ['POST', '/collections/aliases', { actions: [{ create_alias: alias }] }],
  ['POST', '/collections/aliases', { actions: [{ create_alias: { ...alias, collection_name: 'not-there' } }] }],
  ['GET', `${byAlias}/exists`],
  ['GET', `${one}/aliases`],
  ['PUT', upserted, { points: [point(1, 5), point(2, 6), { id: 3, vector: {}, payload }] }],
  ['PUT', upserted, { points: [point(1, 3)], update_filter: below(3) }],
  ['PUT', upserted, { points: [point(2, 9)], update_filter: { should: [below(9)] } }],
  ['PUT', upserted, { points: [point(4, 1), point(4, 2)] }],
  ['PUT', upserted, { points: [wrongDense] }],
  ['PUT', upserted, { points: [wrongSparse([1, 1])] }],
  ['PUT', upserted, { points: [wrongSparse([1])] }],
  ['POST', `${byAlias}/points/query`, { query: [1, 0], using: 'dense', filter: present, with_payload: true }],
  ['POST', `${byAlias}/points/query`, { query: { indices: [7], values: [1] }, using: 'terms', with_payload: ['rev'] }],
  ['POST', `${one}/points/query`, { query: [1], using: 'dense' }],
  ['POST', `${one}/points/query`, { query: [1, 0], using: 'not-there' }],
  ['POST', '/collections/not-there/points/query', { query: [1, 0] }],
  ['POST', `${one}/points/scroll`, { limit: 2, with_payload: ['rev'] }],
  ['POST', `${one}/points/scroll`, { limit: 9, offset: 2, filter: present }],
  ['POST', `${one}/points/count`, { filter: present, exact: true }],
  ['POST', `${one}/points`, { ids: [1, 99], with_payload: true }],
  ['POST', `${one}/points/delete?wait=true`, { filter: { should: [below(6)] } }],
  ['POST', `${one}/points/count`, { exact: true }],
  ['DELETE', one],
  ['DELETE', one],
  ['GET', `${byAlias}/exists`],
];

/** Neither the number of an operation nor the words of an error nor a time is the engine's. */
const notTheEngines = new Set(['operation_id', 'version', 'error', 'time', 'usage']);

async function told(url: string, [method, path, body]: Ask): Promise<unknown> {
  const request = { method, headers: { 'content-type': 'application/json' } };
  const reply = await fetch(url + path, body === undefined ? request : { ...request, body: JSON.stringify(body) });
  const text = JSON.stringify(await reply.json(), (name, value: unknown) => (notTheEngines.has(name) ? '…' : value));
  const { usage: _, ...rest }: { usage?: unknown } = JSON.parse(text);
  return { status: reply.status, ...rest };
}

describe.skipIf(!isRealQdrant())(`the shim beside the server (${realQdrantMissing()})`, () => {
  let shim: OwnQdrant;
  beforeAll(async () => {
    shim = await OwnQdrant.start('shim');
  });
  afterAll(() => shim.stop());

  it('answers each request as the server does', async () => {
    await told(qdrantUrl() ?? '', ['DELETE', one]);
    for (const ask of asks) {
      const [expected, found] = [await told(qdrantUrl() ?? '', ask), await told(shim.url, ask)];
      expect({ ask, reply: found }).toEqual({ ask, reply: expected });
    }
  });
});
