/**
 * Leave to act on two instances over one Kafka: of claims that come at once exactly one proceeds, whoever is asked, whatever reply is
 * lost, and whichever instance begins anew.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { size } from '../../prove/settings.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { CLIENTS, contest, expectKnown, type Holder, holderOf, returned } from './contest.test-support.js';
import { AgentPair, sharingMissing } from './pair.test-support.js';

const ROUNDS = size(60, 1_000);
const LOST = size(12, 100);
const KEPT = size(10, 60);
/** Rounds that go on beside each other. */
const LANES = 4;

describe.skipIf(kafkaUrl() === undefined)(
  `claims on two instances (${kafkaMissing()}; they ${sharingMissing === undefined ? 'share a state' : `share no state: ${sharingMissing}`})`,
  { timeout: size(300_000, 1_800_000) },
  () => {
    let pair: AgentPair;
    beforeAll(async () => {
      pair = await AgentPair.open();
    });
    afterAll(() => pair?.close());

    async function rounds<Of>(count: number, once: (round: number) => Promise<Of>): Promise<readonly Of[]> {
      const ended: Of[] = [];
      const lanes = Array.from({ length: LANES }, async (_, lane) => {
        for (let round = lane; round < count; round += LANES) ended.push(await once(round));
      });
      await Promise.all(lanes);
      expect(ended).toHaveLength(count);
      return ended;
    }

    it(`one of ${CLIENTS} proceeds in ${ROUNDS} of ${ROUNDS} rounds, and both instances know it and what came of it`, async () => {
      await rounds(ROUNDS, async (round) => {
        const holder = await contest(pair, `key-${round}`);
        await expectKnown(pair, holder);
        await expectKnown(pair, await returned(pair, holder, round));
      });
    });

    it(`in ${LOST} of ${LOST} rounds clients that lost their replies hear the same of both instances under their ids`, async () => {
      await rounds(LOST, async (round) => {
        const key = `lost-${round}`;
        const asking = Array.from({ length: CLIENTS }, async (_, client) => {
          const asked = { idempotencyKey: key, id: `${key}-${client}` };
          const lost = pair.claim(() => client, asked);
          // Half of them ask again once it has been made, the others while it is.
          if (client < CLIENTS / 2) await lost;
          const retried = await pair.claim(() => client + 1, asked);
          return { lost: (await lost).outcome, retried };
        });
        const told = await Promise.all(asking);
        expect(told.map(({ lost }) => lost)).toEqual(told.map(({ retried }) => retried.outcome));
        const [holder] = told.filter(({ lost }) => lost === 'proceed').map(({ retried }) => retried.id);
        expect(told.filter(({ lost }) => lost === 'proceed')).toHaveLength(1);
        expect((await pair.claim(() => round, { idempotencyKey: key, id: String(holder) })).outcome).toBe('proceed');
      });
    });

    it('an instance that begins anew, on its disk or on an empty one, answers of every key what it answered before', async () => {
      const kept = await rounds(KEPT, async (round) => {
        const holder = await contest(pair, `kept-${round}`);
        return round % 2 === 0 ? holder : returned(pair, holder, round);
      });
      for (const [instance, disk] of [
        [0, 'kept'],
        [1, 'empty'],
      ] as const) {
        await pair.restart(instance, disk);
        for (const holder of kept) await expectKnown(pair, holder);
      }
    });

    it('clients whom an ending instance turns away ask the other one, and one proceeds', async () => {
      const before = turnedAway();
      let isBack = false;
      const restarting = pair.restart(0).then(() => {
        isBack = true;
      });
      const holders: Holder[] = [];
      for (let round = 0; !isBack || holders.length === 0; round++)
        holders.push(await contestAnywhere(`ending-${round}`));
      await restarting;
      expect(turnedAway()).toBeGreaterThan(before);
      for (const holder of holders) await expectKnown(pair, holder);
    });

    /** Each client goes to the next instance when one turns it away. */
    async function contestAnywhere(key: string): Promise<Holder> {
      const asking = Array.from({ length: CLIENTS }, (_, client) => {
        let turn = client;
        const asked = { idempotencyKey: key, id: `${key}-${client}`, deadlineMs: 2_000 };
        return pair.claim(() => turn++, asked);
      });
      const told = await Promise.all(asking);
      const firsts = told.flatMap(({ first }) => (first === undefined ? [] : [first]));
      expect(new Set(firsts.map((first) => JSON.stringify(first))).size, key).toBe(1);
      // Whoever was turned away may be told of its second record, which is not the one that decided.
      const [first = null] = firsts;
      const position = Object(first).position;
      return holderOf(
        key,
        told.map((one) => (one.outcome === 'proceed' ? { ...one, position } : one)),
      );
    }

    function turnedAway(): number {
      return [...pair.turnedAway.values()].reduce((sum, count) => sum + count, 0);
    }
  },
);
