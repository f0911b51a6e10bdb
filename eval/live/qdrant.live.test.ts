/** Qdrant, or its engine behind the shim, and the tools with which live tests break it. */
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './eventually.test-support.js';
import { OwnQdrant } from './qdrant.js';
import { type CheckedQdrant, checkedQdrant, openApiMissing, openApiPath } from './services/qdrant-openapi.js';
import {
  hasOwnQdrant,
  isRealQdrant,
  ownQdrantMissing,
  qdrantMissing,
  qdrantUrl,
  realQdrantMissing,
} from './settings.js';

const collection = 'tidemark-services-test';

function clientOf(url: string): QdrantClient {
  return new QdrantClient({ url, checkCompatibility: false, headers: { 'accept-encoding': 'identity' } });
}

/** A collection with both kinds of vectors and the payload indexes of a search. */
async function makeCollection(client: QdrantClient): Promise<void> {
  await client.deleteCollection(collection);
  const vectors = { dense: { size: 2, distance: 'Dot' as const } };
  await client.createCollection(collection, { vectors, sparse_vectors: { terms: {} } });
  const tenant = { type: 'keyword' as const, is_tenant: true };
  await client.createPayloadIndex(collection, { field_name: 'tenant', field_schema: tenant, wait: true });
  await client.createPayloadIndex(collection, { field_name: 'rev', field_schema: 'integer', wait: true });
  await client.createPayloadIndex(collection, { field_name: 'deleted', field_schema: 'bool', wait: true });
}

interface Row {
  readonly id: number;
  readonly rev: number;
  readonly tenant?: string;
  readonly deleted?: boolean;
}

/** Its vectors say its revision: dense (rev, 1), and 2 × rev for the term 4,000,000,000. */
function upsert(client: QdrantClient, { id, rev, tenant = 'a', deleted = false }: Row) {
  const vector = { dense: [rev, 1], terms: { indices: [4_000_000_000], values: [2 * rev] } };
  return client.upsert(collection, {
    wait: true,
    ordering: 'strong',
    points: [{ id, vector, payload: { tenant, rev, deleted } }],
    update_filter: { must: [{ key: 'rev', range: { lt: rev } }] },
  });
}

const ofTenantA = {
  must: [
    { key: 'tenant', match: { value: 'a' } },
    { key: 'deleted', match: { value: false } },
  ],
};

async function revisions(client: QdrantClient): Promise<readonly unknown[]> {
  const { points } = await client.scroll(collection, { limit: 100, with_payload: ['rev'] });
  return points.map(({ payload }) => payload?.rev);
}

describe.skipIf(qdrantUrl() === undefined)(`the Qdrant for live tests (${qdrantMissing()})`, () => {
  let checked: CheckedQdrant;
  let client: QdrantClient;
  beforeAll(async () => {
    checked = await checkedQdrant(qdrantUrl() ?? '');
    client = clientOf(checked.url);
    await makeCollection(client);
  });
  // Making collections and indexes is the slow part.
  beforeEach(async () => {
    await client.delete(collection, { filter: {}, wait: true });
  });
  afterAll(async () => {
    await client.deleteCollection(collection);
    await checked.close();
  });

  it('keeps the higher revision of a point, whatever comes later', async () => {
    for (const rev of [5, 3, 9, 9, 4]) await upsert(client, { id: 1, rev });
    expect(await revisions(client)).toEqual([9]);
  });

  it('finds by dense and by sparse vectors within a filter, best first', async () => {
    const rows = [
      { id: 1, rev: 1 },
      { id: 2, rev: 3 },
      { id: 3, rev: 2 },
    ];
    for (const row of rows) await upsert(client, row);
    await upsert(client, { id: 4, rev: 7, tenant: 'b' });
    await upsert(client, { id: 5, rev: 8, deleted: true });
    const common = { filter: ofTenantA, limit: 2, with_payload: ['rev'], params: { exact: true } };
    const dense = await client.query(collection, { query: [1, 0], using: 'dense', ...common });
    expect(dense.points.map(({ id, score }) => [id, score])).toEqual([
      [2, 3],
      [3, 2],
    ]);
    const query = { indices: [4_000_000_000], values: [0.5] };
    const sparse = await client.query(collection, { query, using: 'terms', ...common });
    expect(sparse.points.map(({ id, score }) => [id, score])).toEqual([
      [2, 3],
      [3, 2],
    ]);
    expect(await client.count(collection, { filter: ofTenantA, exact: true })).toEqual({ count: 3 });
  });

  it('refuses a vector of another length and a collection that is not there, each with its own status', async () => {
    const wrong = client.upsert(collection, { wait: true, points: [{ id: 1, vector: { dense: [1] }, payload: {} }] });
    await expect(wrong).rejects.toMatchObject({ status: 400 });
    const query = { query: [1, 0], using: 'dense' };
    await expect(client.query('tidemark-not-there', query)).rejects.toMatchObject({ status: 404 });
  });

  it.skipIf(!isRealQdrant())(
    `refuses to filter by what has no index in strict mode (${realQdrantMissing()})`,
    async () => {
      const strict_mode_config = { enabled: true, unindexed_filtering_retrieve: false };
      await client.updateCollection(collection, { strict_mode_config });
      const filter = { must: [{ key: 'nope', match: { value: 1 } }] };
      const query = client.query(collection, { query: [1, 0], using: 'dense', filter });
      await expect(query).rejects.toMatchObject({ status: 400 });
    },
  );

  it.skipIf(openApiPath() === undefined)(`speaks as its OpenAPI document says (${openApiMissing})`, async () => {
    const alias = { alias_name: `${collection}-alias`, collection_name: collection };
    await client.updateCollectionAliases({ actions: [{ create_alias: alias }] });
    // Other tests have theirs on the same server.
    expect((await client.getAliases()).aliases).toContainEqual(alias);
    await upsert(client, { id: 1, rev: 1 });
    await client.query(collection, { query: [1, 0], using: 'dense', with_vector: true, with_payload: true });
    await client.scroll(collection, { limit: 1, with_vector: true });
    await client.retrieve(collection, { ids: [1] });
    await client.setPayload(collection, { payload: { deleted: true }, points: [1], wait: true });
    await client.delete(collection, { points: [1], wait: true });
    expect(await client.getCollection(collection)).toMatchObject({ status: 'green', points_count: 0 });
    expect(checked.violations).toEqual([]);
    expect(checked.exchanges).toBeGreaterThan(20);
  });
});

describe.skipIf(!hasOwnQdrant())(`a test's own Qdrant (${ownQdrantMissing()})`, () => {
  let own: OwnQdrant | undefined;
  afterEach(() => own?.stop());

  it('keeps what it acknowledged over kill -9, and is as its copy was after that is put back', async () => {
    own = await OwnQdrant.start();
    const client = clientOf(own.url);
    await makeCollection(client);
    await upsert(client, { id: 1, rev: 1 });
    await client.updateCollectionAliases({
      actions: [{ create_alias: { alias_name: 'alias', collection_name: collection } }],
    });
    await own.keepCopy('older');
    await upsert(client, { id: 1, rev: 2 });
    await own.restart();
    expect(await revisions(client)).toEqual([2]);
    await own.restore('older');
    expect(await revisions(client)).toEqual([1]);
    expect((await client.collectionExists('alias')).exists).toBe(true);
    await own.restartEmpty();
    expect((await client.getCollections()).collections).toEqual([]);
  });

  it('stands still and goes on', async () => {
    own = await OwnQdrant.start();
    const { server, url } = own;
    server.pause();
    await eventually(() => expect(server.isStopped).toBe(true));
    const answer = clientOf(url).getCollections();
    server.resume();
    expect(await answer).toEqual({ collections: [] });
  });
});
