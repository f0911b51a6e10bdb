/** The index is not what it was: an older copy, also while nobody looked, deleted, on a new disk, of another embedder (rows 35, 37). */
import { afterEach, describe, expect, it } from 'vitest';
import { size } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { idsOf, isMarked, QdrantScene, qdrantSceneMissing } from './qdrant-scene.test-support.js';

describe.skipIf(qdrantSceneMissing !== undefined)(
  `an index that is not what it was (${qdrantSceneMissing ?? 'on Redis and Qdrant'})`,
  () => {
    let scene: QdrantScene;
    afterEach(() => scene.close());

    const ids = idsOf('P', size(12, 200));
    const later = idsOf('Q', size(6, 100));

    async function opened(): Promise<void> {
      scene = await QdrantScene.open();
      await scene.serve();
      await scene.put(...ids);
      await scene.converged();
    }

    it('an older copy put back while the service runs: marked, filled again, all there; wrong-fresh 0 (row 35)', async () => {
      await opened();
      await scene.own.keepCopy('older');
      await scene.converged();
      await scene.put(...later, ...ids.slice(0, 3));
      await scene.remove(ids[4] ?? '');
      await scene.converged();
      await scene.own.restore('older');
      // Asked while it comes back: whatever is said to be fresh is what was acknowledged.
      await eventually(async () => {
        for (const id of [...later.slice(0, 2), ids[0] ?? '']) await scene.askTruly(id);
        expect(scene.notices.join()).toContain('was lost');
      });
      await scene.converged();
      await scene.isWhole();
    });

    it('an older copy put back while no instance runs is known as one before the first answer (row 35)', async () => {
      await opened();
      await scene.own.keepCopy('older');
      await scene.converged();
      await scene.put(...later, ...ids.slice(0, 3));
      await scene.converged();
      await scene.end();
      await scene.own.restore('older');
      await scene.serve();
      expect(scene.notices.join()).toContain('the index was lost and is filled from the state');
      for (const id of later) await scene.askTruly(id);
      await scene.converged();
      await scene.isWhole();
    });

    it.each(['deleted', 'on a new disk'])('a collection that is %s: made again, filled, all there', async (how) => {
      await opened();
      if (how === 'deleted') await scene.client.deleteCollection(await scene.collection());
      else await scene.own.restartEmpty();
      await eventually(async () => {
        await scene.askTruly(ids[0] ?? '');
        expect(scene.notices.join()).toContain('was lost');
      });
      await scene.converged();
      await scene.isWhole();
      expect(scene.service.engines.index).toMatchObject({ facts: { lost: 1, dropped: 0 } });
    });

    it('a collection made by somebody else while the service runs: the operator is told why, nothing is written (row 37)', async () => {
      await opened();
      const { client } = scene;
      const collection = await scene.collection();
      await client.deleteCollection(collection);
      // A search may have had it made again in between.
      await eventually(async () => {
        await client.deleteCollection(collection);
        await client.createCollection(collection, { vectors: { dense: { size: 3, distance: 'Dot' } } });
      });
      await eventually(async () => {
        await scene.askTruly(ids[0] ?? '');
        expect(scene.notices.join()).toContain('has vectors of 3 numbers, the embedder makes none');
      });
      await scene.put(...later);
      for (const id of later.slice(0, 2)) expect(isMarked(await scene.askTruly(id))).toBe(true);
      expect(await client.count(collection, { exact: true })).toEqual({ count: 0 });
      expect(scene.notices.filter((text) => text.includes('3 numbers'))).toHaveLength(1);
      await client.deleteCollection(collection);
      await scene.converged();
      await scene.isWhole();
    });

    it('points that are missing and of which the marker knows nothing: found by the pass, told, and there again (row 31)', async () => {
      await opened();
      const { client } = scene;
      const collection = await scene.collection();
      const gone = ids.slice(0, 3);
      const should = gone.map((id) => ({ key: 'id', match: { value: id } }));
      await client.createPayloadIndex(collection, { field_name: 'id', field_schema: 'keyword', wait: true });
      await client.delete(collection, { filter: { should }, wait: true });
      expect(await scene.pass()).toMatchObject({ missing: 3, repaired: 3 });
      await scene.converged();
      await scene.isWhole();
    });

    it('another embedder: a collection of its own, filled, published, the one before dropped, and back (row 37)', async () => {
      await opened();
      await scene.published();
      const before = await scene.collection();
      for (const EMBEDDER of ['hashing', 'lexical']) {
        await scene.serve({ EMBEDDER });
        const collection = await scene.collection();
        expect([EMBEDDER, collection === before]).toEqual([EMBEDDER, EMBEDDER === 'lexical']);
        for (const id of ids.slice(0, 3)) await scene.askTruly(id);
        await scene.put(`E-${EMBEDDER}`);
        await scene.converged();
        await scene.published();
        await scene.isWhole();
      }
    });
  },
);
