/** Decisions that were lived through two instances at once: either tells the whole story, and both tell the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../../src/api/world.test-support.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { shapeOf } from '../../agents/shapes.js';
import { Teller, type Told, worldEvents } from '../../agents/teller.test-support.js';
import { TwoHandClock } from '../../flow/service.test-support.js';
import { seed, size } from '../../prove/settings.js';
import { scattered } from '../../random.js';
import { eventually } from '../eventually.test-support.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { AgentPair, sharingMissing } from './pair.test-support.js';
import { liveStory } from './story.test-support.js';

const DECISIONS = size(8, 100);
const missing = kafkaUrl() === undefined ? kafkaMissing() : sharingMissing;

describe.skipIf(missing !== undefined)(
  `traces on two instances (${missing ?? 'all there'}; seed ${seed()})`,
  { timeout: size(300_000, 900_000) },
  () => {
    let pair: AgentPair;
    beforeAll(async () => {
      pair = await AgentPair.open();
      await pair.caller(() => 0).ok('/v1/events', { body: worldEvents() });
      await Promise.all(pair.instances.map((one) => one.live.caughtUp()));
    });
    afterAll(() => pair?.close());

    /** Whoever is asked first after the last step has the whole of it. */
    const expectWhole = async ({ decision }: Told, instance: number): Promise<void> => {
      const { complete, gaps } = await pair.caller(() => instance).ok(`/v1/decisions/${decision}/trace`);
      expect([decision, complete, gaps]).toEqual([decision, true, []]);
    };

    /** What both tell, once what either has released is in its topic. */
    const toldByBoth = ({ decision, snapshots, positions }: Told): Promise<readonly JsonObject[]> =>
      eventually(async () => {
        const path = `/v1/decisions/${decision}/trace`;
        const [one, other] = await Promise.all([0, 1].map((instance) => pair.caller(() => instance).ok(path)));
        expect(one).toMatchObject({ id: decision, complete: true, gaps: [] });
        expect(other).toEqual(one);
        const hops = one?.hops as readonly JsonObject[];
        const found = new Set(hops.map(({ position }) => position));
        expect(positions.filter((at) => !found.has(at))).toEqual([]);
        expect(hops.map(({ ref }) => ref)).toEqual(expect.arrayContaining([...snapshots]));
        return hops;
      });

    it('a decision is whole whose every step was taken on the other instance than the step before', async () => {
      const told = await liveStory(pair);
      await Promise.all([0, 1].map((instance) => expectWhole(told, instance)));
      const hops = await toldByBoth(told);
      const stages = new Set(hops.map(({ stage }) => stage));
      const all = ['control', 'state', 'snapshot', 'policy', 'tool', 'decision', 'approval', 'written'];
      expect([...stages].sort()).toEqual(all.sort());
      expect(hops.map(({ verdict }) => verdict ?? 'MATCH')).toEqual(hops.map(() => 'MATCH'));
    });

    it(`${DECISIONS} of ${DECISIONS} generated decisions are whole, also after either has begun anew`, async () => {
      const random = scattered(seed());
      let turn = 0;
      const teller = new Teller(
        pair.caller(() => turn++),
        new TwoHandClock(),
      );
      const told: Told[] = [];
      const hops: (readonly JsonObject[])[] = [];
      for (let n = 0; n < DECISIONS; n++) {
        const one = await teller.tell(shapeOf(random));
        told.push(one);
        await expectWhole(one, n);
      }
      for (const one of told) hops.push(await toldByBoth(one));
      for (const instance of [0, 1] as const) {
        await pair.restart(instance);
        for (const [n, one] of told.entries()) expect(await toldByBoth(one)).toEqual(hops[n]);
      }
    });

    it('a decision that names a snapshot that nobody has released is taken by neither', async () => {
      const data = { action: 'refund', snapshots: [`sha256-${'0'.repeat(64)}`], approval: 'none' };
      const body = { specversion: '1.0', id: 'x', source: 's', type: 'decision.proposed', subject: 'D-x', data };
      const asking = [0, 1].map((instance) => pair.caller(() => instance).ask('/v1/events', { body }));
      for (const heard of await Promise.all(asking)) {
        expect([heard.status, member(heard.body, 'code')]).toEqual([422, 'event_rejected']);
      }
    });
  },
);
