/** Qdrant is killed while it is written to, again and again, also while it optimizes (rows 31, 32); writes that come late (row 34). */
import { afterEach, describe, expect, it } from 'vitest';
import { passagePoint } from '../../../connectors/qdrant/points.js';
import { upsertRequest } from '../../../connectors/qdrant/requests.js';
import { refOf } from '../../../src/domain/entity.js';
import { tenant } from '../../../src/fixtures.test-support.js';
import { indexWrite } from '../../../src/retrieval/contract-kit.js';
import { size } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { isRealQdrant, realQdrantMissing } from '../settings.js';
import { type Found, isMarked, QdrantScene, qdrantSceneMissing } from './qdrant-scene.test-support.js';
import { Round } from './rounds.test-support.js';

describe.skipIf(qdrantSceneMissing !== undefined)(
  `a Qdrant that fails under load (${qdrantSceneMissing ?? 'on Redis and Qdrant'})`,
  { timeout: size(300_000, 1_800_000) },
  () => {
    let scene: QdrantScene;
    afterEach(() => scene.close());

    async function opened(): Promise<void> {
      scene = await QdrantScene.running('A-0', 'A-1');
    }

    /** Writes all the time; every fifth write is a deletion. */
    function load(): Round {
      let n = 0;
      return new Round(5, async () => {
        n += 1;
        if (n % 5 === 0) await scene.remove(`P-${(n / 5) % 40}`);
        else await scene.put(`P-${n % 60}`, `R-${n}`);
      });
    }

    /** Asks all the time, and each answer has to be true. */
    function asking(found: Found[]): Round {
      let n = 0;
      return new Round(20, async () => void found.push(await scene.askTruly(`A-${n++ % 2}`)));
    }

    /** One kill after the other, each while entities wait for the index: otherwise it would meet no write. */
    async function killTimes(cycles: number, before: () => Promise<void>): Promise<void> {
      for (let cycle = 0; cycle < cycles; cycle++) {
        const { state } = scene.service.engines;
        await before();
        await eventually(async () => expect(await state.pendingCount()).toBeGreaterThan(0), { everyMs: 1 });
        await scene.own.restart();
      }
    }

    it('kill -9 during upserts: nothing is missing 60 s after the last, no answer was untrue (row 31)', async () => {
      await opened();
      const answers: Found[] = [];
      const rounds = [load(), asking(answers)];
      await killTimes(size(4, 50), async () => {});
      for (const round of rounds) await round.stop();
      expect(await scene.converged()).toBeLessThan(60_000);
      // What the passes found on the way is told; in the end they find nothing.
      await eventually(() => expect(scene.passes.length).toBeGreaterThan(0));
      await scene.isWhole();
      expect(answers.filter(isMarked).length, 'the fault bit').toBeGreaterThan(0);
    });

    it.skipIf(!isRealQdrant())(
      `kill -9 during forced optimization: the same (row 32; ${realQdrantMissing()})`,
      async () => {
        await opened();
        const round = load();
        const collection = await scene.collection();
        let isLow = false;
        await killTimes(size(3, 20), async () => {
          isLow = !isLow;
          // Each change of the optimizers' settings has them begin anew.
          const optimizers_config = { indexing_threshold: isLow ? 1 : 2, max_segment_size: isLow ? 1 : 2 };
          await eventually(() => scene.client.updateCollection(collection, { optimizers_config }));
        });
        await round.stop();
        expect(await scene.converged()).toBeLessThan(60_000);
        await scene.isWhole();
      },
    );

    it('a late upsert of what was deleted changes nothing (row 34)', async () => {
      await opened();
      await scene.remove('A-1');
      await scene.converged();
      const key = { tenant, kind: 'policy', id: 'A-1' } as const;
      const late = passagePoint({ ...indexWrite('A-1', 1, ['A refund takes days.']), key }, 0);
      await scene.client.upsert(await scene.collection(), upsertRequest([late]));
      expect((await scene.ask('A-1')).shown.has('A-1'), refOf(key)).toBe(false);
      expect(await scene.pass()).toMatchObject({ differing: 0, orphaned: 0 });
      await scene.isWhole();
    });
  },
);
