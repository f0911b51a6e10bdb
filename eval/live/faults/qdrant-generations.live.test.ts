/** Generations of the index in Qdrant: filled side by side, killed, promoted, gone back from, dropped. */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.test-support.js';
import { idsOf, isMarked, QdrantScene, qdrantSceneMissing } from './qdrant-scene.test-support.js';

const ids = idsOf('P', 120);

describe.skipIf(qdrantSceneMissing !== undefined)(
  `side generations in Qdrant (${qdrantSceneMissing ?? 'all there'})`,
  () => {
    let scene: QdrantScene | undefined;
    afterEach(async () => {
      await scene?.close();
      scene = undefined;
    });

    const started = async (): Promise<QdrantScene> => {
      scene = await QdrantScene.running(...ids);
      await scene.published();
      return scene;
    };

    const fillingOf = ({ service }: QdrantScene, id: string) =>
      service.generations.status().find((one) => one.id === id)?.filling;

    const filled = (of: QdrantScene, id: string) =>
      eventually(() => expect(fillingOf(of, id)).toMatchObject({ isCaughtUp: true, lacking: 0, indexed: ids.length }));

    const aliased = async ({ client, prefix }: QdrantScene) =>
      (await client.getAliases()).aliases.find(({ alias_name }) => alias_name === prefix)?.collection_name;

    const pointsOf = async (of: QdrantScene, collection: string) =>
      (await of.client.count(collection, { exact: true })).count;

    /** The collection that is not the one the service began with. */
    const besides = async (of: QdrantScene) => {
      const own = await of.collection();
      return (await of.collections()).filter((name) => name !== own);
    };

    it('goes on from what the collection holds when filler and Qdrant were killed half way', async () => {
      const of = await started();
      await of.serve({ SHADOW_RATE: '20' });
      const id = await of.service.generations.start('hashing', 'one', null);
      await eventually(() => expect(fillingOf(of, id)?.indexed).toBeGreaterThan(40));
      const [side = ''] = await besides(of);
      const ending = of.end();
      await of.own.restart();
      await ending;
      const held = (await pointsOf(of, side)) - 1;
      // One entity a second: what is known to be indexed by then was read.
      await of.serve({ SHADOW_RATE: '1' });
      const soon = { withinMs: 20_000 };
      await eventually(() => expect(fillingOf(of, id)?.indexed).toBeGreaterThanOrEqual(held - 8), soon);
      expect(held).toBeLessThan(ids.length);
      await of.serve();
      await filled(of, id);
      expect([await besides(of), await pointsOf(of, side)]).toEqual([[side], ids.length + 1]);
    });

    it('is aliased when it is promoted, survives a restart of the service, is gone back from and dropped', async () => {
      const of = await started();
      const first = await of.collection();
      const { generations } = of.service;
      const id = await generations.start('hashing', 'one', null);
      await filled(of, id);
      const [side = ''] = await besides(of);
      expect(await aliased(of)).toBe(first);
      await generations.promote(id, 'one');
      await eventually(async () => expect(await aliased(of)).toBe(side));
      expect(await of.collections()).toEqual(expect.arrayContaining([first, side]));
      await of.serve();
      await of.put('P-3');
      await eventually(async () => expect(await of.askTruly('P-3')).toMatchObject({ label: 'fresh' }));
      expect(of.service.generations.status().find(({ role }) => role === 'live')?.id).toBe(id);
      await filled(of, id);
      expect(await aliased(of)).toBe(side);
      await of.service.generations.rollBack('one');
      await eventually(async () => expect(await aliased(of)).toBe(first));
      await of.service.generations.drop(id, 'one');
      await eventually(async () => expect(await of.collections()).toEqual([first]));
      await of.isWhole();
    });

    it('mixes no snapshot: each answer of a promotion under reads replays to a match', async () => {
      const of = await started();
      const { generations } = of.service;
      const id = await generations.start('hashing', 'one', null);
      await filled(of, id);
      let isOver = false;
      const reads = (async () => {
        for (let n = 0; !isOver; n++) await of.replayed(ids[n % ids.length] ?? '');
      })();
      await generations.promote(id, 'one');
      await generations.rollBack('one');
      await generations.promote(id, 'one');
      isOver = true;
      await reads;
      for (const one of ids.slice(0, 20)) await of.replayed(one);
    });

    it.each(['taken away', 'emptied'])(
      'that is live and whose collection is %s is noticed, filled again, and never fresh and wrong',
      async (how) => {
        const of = await started();
        const { generations } = of.service;
        const id = await generations.start('hashing', 'one', null);
        await filled(of, id);
        const [side = ''] = await besides(of);
        await generations.promote(id, 'one');
        if (how === 'taken away') await of.client.deleteCollection(side);
        else await of.client.delete(side, { filter: {}, wait: true });
        const seen = await Promise.all(ids.slice(0, 10).map((one) => of.askTruly(one)));
        expect(seen.every((one) => isMarked(one) || one.label === 'fresh' || one.reasons.length > 0)).toBe(true);
        await eventually(async () => expect(await pointsOf(of, side)).toBe(ids.length + 1));
        await filled(of, id);
        for (const one of ids.slice(0, 10)) expect(await of.askTruly(one)).toMatchObject({ label: 'fresh' });
      },
    );
  },
);
