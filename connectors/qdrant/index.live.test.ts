/** What the index does when the collection is not what it was: taken away, put back from a copy, or somebody else's. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { checkedQdrant, openApiMissing, openApiPath } from '../../eval/live/services/qdrant-openapi.js';
import { qdrantMissing, qdrantUrl } from '../../eval/live/settings.js';
import { indexDelete, indexQuery, indexWrite } from '../../src/retrieval/contract-kit.js';
import type { QdrantIndex } from './index.js';
import { LiveQdrant, nameOf } from './live.test-support.js';
import { passagePoint, pointId } from './points.js';
import { upsertRequest } from './requests.js';

const url = qdrantUrl();
const unavailable = { code: 'index_unavailable', retriable: true };

describe.skipIf(url === undefined)(`qdrant index: ${qdrantMissing()}`, () => {
  const live = new LiveQdrant(url ?? '');
  afterEach(() => live.close());

  async function found(index: QdrantIndex, text: string): Promise<string[]> {
    return (await index.search(indexQuery(text))).hits.map(({ key }) => key.id);
  }

  async function allHeld(index: QdrantIndex): Promise<unknown[]> {
    const held: unknown[] = [];
    for await (const { key, revision, passages, isWhole } of index.held(null))
      held.push([key.id, revision, passages, isWhole]);
    return held.sort();
  }

  describe('other writers', () => {
    it('a late upsert of theirs under a tombstone changes nothing', async () => {
      const parts = live.parts();
      const index = await live.open(parts);
      await index.apply([indexWrite('P-1', 1, ['refund']), indexDelete('P-1', 3)]);
      const late = passagePoint(indexWrite('P-1', 2, ['refund']), 0);
      await live.client.upsert(nameOf(parts), upsertRequest([late]));
      expect([await found(index, 'refund'), await allHeld(index)]).toEqual([[], [['P-1', 3, 0, true]]]);
    });

    it('passages of a late write that nobody had are told by `held` and buried by the next write', async () => {
      const parts = live.parts();
      const index = await live.open(parts);
      await index.apply([indexWrite('P-1', 3, ['loan'])]);
      const late = passagePoint(indexWrite('P-1', 2, ['refund', 'refund']), 1);
      await live.client.upsert(nameOf(parts), upsertRequest([late]));
      expect(await allHeld(index)).toEqual([['P-1', 3, 2, false]]);
      await index.apply([indexWrite('P-1', 3, ['loan'])]);
      expect([await found(index, 'refund'), await allHeld(index)]).toEqual([[], [['P-1', 3, 1, true]]]);
    });

    it('that begin at once begin one collection', async () => {
      for (let round = 0; round < 5; round++) {
        const parts = live.parts();
        const [one, ...others] = await Promise.all(Array.from({ length: 4 }, () => live.open(parts)));
        await one?.apply([indexWrite('P-1', 1, ['refund'])]);
        for (const other of others) expect(await found(other, 'refund')).toEqual(['P-1']);
      }
    });

    it('that write the same at once end with the newest', async () => {
      const parts = live.parts();
      const [a, b] = [await live.open(parts), await live.open(parts)];
      const texts = (revision: number) => Array.from({ length: 1 + (revision % 3) }, (_, n) => `r${revision} p${n}`);
      const writes = Array.from({ length: 12 }, (_, i) => indexWrite('P-1', i + 1, texts(i + 1)));
      await Promise.all(writes.map((write, i) => (i % 2 === 0 ? a : b).apply([write])));
      expect([await allHeld(a), await found(a, 'r12'), await found(b, 'r11')]).toEqual([
        [['P-1', 12, 1, true]],
        ['P-1'],
        [],
      ]);
    });
  });

  describe('poison', () => {
    const good = passagePoint(indexWrite('P-1', 1, ['refund']), 0);
    const foreign = passagePoint(indexWrite('P-1', 1, ['refund'], { tenant: 'bolt' }), 0);
    it.each([
      ['says no tenant', good.id, { ...good.payload, tenant: undefined }],
      ['says no revision', good.id, { ...good.payload, rev: undefined }],
      ['says no hash', good.id, { ...good.payload, hash: null }],
      ['says a hash that is none', good.id, { ...good.payload, hash: 'x' }],
      ['has the id of another', pointId({ tenant: 'acme', kind: 'policy', id: 'P-2' }, 0), good.payload],
      ['is of another tenant, and says it is of this', foreign.id, { ...foreign.payload, tenant: 'acme' }],
      ['names another entity', good.id, { ...good.payload, entity: foreign.payload.entity }],
    ])('a point that %s is not served', async (_case, id, payload) => {
      const parts = live.parts();
      const index = await live.open(parts);
      const vector = { ...good.vector };
      await live.client.upsert(nameOf(parts), { points: [{ id, vector, payload }], wait: true });
      const { hits } = await index.search(indexQuery('refund'));
      expect(hits).toEqual([]);
    });
  });

  describe('a collection that is lost', () => {
    it.each(['taken away', 'emptied', 'put back from a copy'])('%s is noticed, and filled again', async (how) => {
      const refill = vi.fn(async () => {});
      const parts = live.parts({ refill });
      const index = await live.open(parts);
      await index.apply([indexWrite('P-1', 1, ['refund'])]);
      if (how === 'taken away') await live.client.deleteCollection(nameOf(parts));
      else if (how === 'emptied') await live.client.delete(nameOf(parts), { filter: {}, wait: true });
      else
        await live.client.setPayload(nameOf(parts), {
          payload: { rev: 1 },
          points: ['00000000-0000-8000-8000-000000000000'],
          wait: true,
        });
      await expect(index.search(indexQuery('refund'))).rejects.toMatchObject({ code: 'index_unavailable' });
      await eventually(() => expect(refill).toHaveBeenLastCalledWith('lost'));
      await eventually(() => index.apply([indexWrite('P-1', 1, ['refund'])]));
      expect([await found(index, 'refund'), index.facts.lost]).toEqual([['P-1'], 1]);
    });

    it('answers nothing until the state has been asked to fill it', async () => {
      let answer = () => {};
      const asked = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const refill = (why: string) => (why === 'lost' ? asked : Promise.resolve());
      const parts = live.parts({ refill });
      const index = await live.open(parts);
      await live.client.deleteCollection(nameOf(parts));
      await expect(index.count('acme')).rejects.toMatchObject({ code: 'index_unavailable' });
      await eventually(async () => expect(await live.client.getCollection(nameOf(parts))).toBeDefined());
      await expect(index.search(indexQuery('refund'))).rejects.toMatchObject({ code: 'index_unavailable' });
      answer();
      await eventually(() => index.search(indexQuery('refund')));
    });
  });

  describe('opening', () => {
    it('asks the state to fill a new collection, and one that was not asked for, once', async () => {
      const refill = vi.fn(async () => {}).mockRejectedValueOnce(new Error('the state is away'));
      const parts = live.parts({ refill });
      await expect(live.open(parts)).rejects.toThrow('away');
      await live.open(parts);
      await live.open(parts);
      expect(refill.mock.calls).toEqual([['new'], ['new']]);
    });

    it.each([
      ['another dimension', { vectors: { dense: { size: 3, distance: 'Dot' } } }, '3 numbers'],
      ['another distance', { vectors: { dense: { size: 2, distance: 'Cosine' } } }, 'Cosine'],
      ['no words', { vectors: { dense: { size: 2, distance: 'Dot' } }, sparse_vectors: {} }, 'no words'],
    ] as const)('refuses a collection of %s, and says so', async (_case, shape, why) => {
      const parts = live.parts();
      await live.client.createCollection(nameOf(parts), { sparse_vectors: { terms: {} }, ...shape });
      await expect(live.open(parts)).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining(why),
      });
      await live.client.deleteCollection(nameOf(parts));
    });

    it('refuses an alias that is a collection of something else, and leaves it alone', async () => {
      const parts = live.parts();
      const { alias } = parts.settings;
      await live.client.createCollection(alias, { vectors: { size: 2, distance: 'Dot' } });
      await expect(live.open(parts)).rejects.toMatchObject({ code: 'config_invalid' });
      await live.client.deleteCollection(alias);
    });

    it('says where nothing answers, and never the key', async () => {
      const parts = live.parts();
      const settings = { ...parts.settings, url: 'http://127.0.0.1:1', apiKey: 'secret-key' };
      const error = await live.open({ ...parts, settings }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'unreachable', retriable: true });
      expect(JSON.stringify([error, String(error)])).not.toContain('secret-key');
    });
  });

  it('publishes itself under the alias, and drops what was published before', async () => {
    const before = live.parts();
    const after = live.parts({ alias: before.settings.alias });
    await (await live.open(before)).publish();
    await (await live.open(after)).publish();
    const { aliases } = await live.client.getAliases();
    const { collections } = await live.client.getCollections();
    expect(aliases).toContainEqual({ alias_name: before.settings.alias, collection_name: nameOf(after) });
    expect(collections.map(({ name }) => name)).not.toContain(nameOf(before));
  });

  it('of two builds on one state the one that came later is asked, and the other says that it cannot be', async () => {
    const before = live.parts();
    const after = { ...before, generation: 'another' };
    const [first, second] = [await live.open(before), await live.open(after)];
    await second.apply([indexWrite('P-1', 1, ['refund'])]);
    await eventually(() => expect(first.search(indexQuery('refund'))).rejects.toMatchObject(unavailable));
    await expect(first.apply([indexWrite('P-1', 1, ['refund'])])).rejects.toMatchObject(unavailable);
    expect([await found(second, 'refund'), first.facts.lost]).toEqual([['P-1'], 0]);
    // Whoever only answers does not take the marks back.
    const api = await live.open({ ...before, mayFill: false });
    await expect(api.search(indexQuery('refund'))).rejects.toMatchObject(unavailable);
  });

  it('moves to a collection of its own when the state has begun anew, and drops the one of before', async () => {
    const parts = live.parts();
    const index = await live.open(parts);
    await index.apply([indexWrite('P-1', 9, ['refund'])]);
    const before = nameOf(parts);
    Object.assign(parts.source, { held: 'anew', named: null });
    await eventually(() => expect(index.mark.index).toBe(nameOf(parts)));
    await eventually(() => index.apply([indexWrite('P-1', 1, ['loan'])]));
    expect([await found(index, 'refund'), await found(index, 'loan')]).toEqual([[], ['P-1']]);
    await eventually(async () => {
      const { collections } = await live.client.getCollections();
      expect(collections.map(({ name }) => name)).not.toContain(before);
    });
  });

  it('without an embedder keeps words only, and refuses a vector', async () => {
    const index = await live.open(live.parts({ dimensions: null }));
    await index.apply([indexWrite('P-1', 1, ['refund'])]);
    expect(await found(index, 'refund')).toEqual(['P-1']);
    await expect(index.apply([indexWrite('P-2', 1, ['card'], { vectors: [[1, 0]] })])).rejects.toThrow('one dimension');
  });

  it('writes an entity of more passages than fit into one request, and takes them out', async () => {
    const index = await live.open();
    const texts = Array.from({ length: 300 }, (_, n) => `card w${n}`);
    await index.apply([indexWrite('P-1', 1, texts)]);
    expect([await index.count('acme'), await found(index, 'w299')]).toEqual([300, ['P-1']]);
    await index.apply([indexWrite('P-1', 2, ['loan'])]);
    expect([await index.count('acme'), await found(index, 'card')]).toEqual([1, []]);
  });

  it.skipIf(openApiPath() === undefined)(`speaks as the OpenAPI document says (${openApiMissing})`, async () => {
    const checked = await checkedQdrant(url ?? '');
    const through = new LiveQdrant(checked.url);
    const vectors = [[1, 0]];
    for (const dimensions of [2, null]) {
      const index = await through.open(through.parts({ dimensions }));
      await index.apply([
        indexWrite('P-1', 1, ['refund'], dimensions === null ? {} : { vectors }),
        indexDelete('P-2', 3),
      ]);
      const query = indexQuery('refund', { vector: dimensions === null ? null : Float32Array.of(1, 0) });
      // Each message is checked on its way, which may take longer than a search may.
      await eventually(() => index.search(query));
      await index.publish();
      await index.remove([{ key: indexDelete('P-2', 3).key, revision: 3 }]);
      expect([await eventually(() => index.count('acme')), await allHeld(index)]).toEqual([1, [['P-1', 1, 1, true]]]);
    }
    await through.close();
    await checked.close();
    expect(checked.violations).toEqual([]);
    expect(checked.exchanges).toBeGreaterThan(30);
  });

  it('takes out orphans up to the revision that was seen', async () => {
    const index = await live.open();
    await index.apply([indexWrite('P-1', 4, ['refund', 'card']), indexWrite('P-2', 5, ['refund'])]);
    const orphan = (id: string) => ({ key: indexWrite(id, 1, []).key, revision: 4 });
    await index.remove([orphan('P-1'), orphan('P-2')]);
    expect(await allHeld(index)).toEqual([['P-2', 5, 1, true]]);
  });
});
