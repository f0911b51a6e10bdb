/**
 * Index generations on two instances over one Kafka that share state and index: what an operator does through either happens on both,
 * in the order of the topic, so that both answer with the same one; also when both are told something at once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../../src/api/world.test-support.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { account, policy } from '../../../src/fixtures.test-support.js';
import { size } from '../../prove/settings.js';
import { AgentPair } from '../agents/pair.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { missingOf } from './engines.test-support.js';

const missing = missingOf(['kafka', 'redis', 'qdrant']);
const ROUNDS = size(6, 100);
const both = [0, 1] as const;

interface Generation extends JsonObject {
  readonly id: string;
  readonly role: string;
}

describe.skipIf(missing !== undefined)(
  `generations on two instances (${missing ?? 'all there'})`,
  { timeout: size(180_000, 900_000) },
  () => {
    let pair: AgentPair;
    let first: string;
    let other: string;
    beforeAll(async () => {
      pair = await AgentPair.open();
      const policies = ['refunds', 'returns', 'labels'].map((id) => policy(id, { policyId: id, title: id }));
      await pair.at(0).write([account('A-1'), ...policies]);
    });
    afterAll(() => pair?.close());

    const of = async (number: number): Promise<readonly Generation[]> =>
      (await pair.at(number).ok('/v1/generations')).generations as readonly Generation[];
    const rolesOf = async (number: number) => Object.fromEntries((await of(number)).map(({ id, role }) => [id, role]));
    const act = (number: number, path: string, body: JsonObject = {}) =>
      pair.at(number).ask(`/v1/generations${path}`, body);

    /** Until both have followed what was done; then they say the same. */
    async function agreed(): Promise<Record<string, string>> {
      return eventually(async () => {
        const [one, two] = [await rolesOf(0), await rolesOf(1)];
        expect(one).toEqual(two);
        return one;
      });
    }

    const isWhole = async (number: number, id: string) => {
      const found = (await of(number)).find((one) => one.id === id);
      expect(member(found ?? {}, 'filling', 'isCaughtUp')).toBe(true);
    };

    /** The generation that an instance answers with, as the stamp of an answer has it. */
    async function answering(number: number): Promise<unknown> {
      const asked = { account: 'A-1', question: 'How long do refunds take?', consistency: { level: 'latest' } };
      return member(await pair.at(number).ok('/v1/context', asked), 'stamp', 'index', 'generation');
    }

    it('one that is started through one instance is filled on both', async () => {
      [first = ''] = (await of(0)).map(({ id }) => id);
      const { status, text } = await act(0, '', { method: 'hashing', reason: 'to see' });
      expect(status, text).toBe(200);
      other = (await of(0)).find(({ id }) => id !== first)?.id ?? '';
      for (const number of both) await eventually(() => isWhole(number, other));
      expect(await agreed()).toEqual({ [first]: 'live', [other]: 'shadow' });
    });

    it('a promotion through one is that of both, and so is a rollback through the other', async () => {
      const before = await answering(0);
      expect((await act(0, `/${other}/promote`)).status).toBe(200);
      expect(await agreed()).toEqual({ [first]: 'former', [other]: 'live' });
      const [one, two] = [await answering(0), await answering(1)];
      expect([one === two, one === before]).toEqual([true, false]);
      expect((await act(1, '/rollback')).status).toBe(200);
      expect(await agreed()).toEqual({ [first]: 'live', [other]: 'former' });
      expect([await answering(0), await answering(1)]).toEqual([before, before]);
    });

    it(`promoted through both at once, ${ROUNDS} times, it is live on both, and both answer with it`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const next = (await rolesOf(0))[other] === 'live' ? first : other;
        const heard = await Promise.all(both.map((number) => act(number, `/${next}/promote`)));
        // Whoever comes second may be told that it is live already.
        expect(heard.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([]);
        expect((await agreed())[next]).toBe('live');
        expect(await answering(0)).toBe(await answering(1));
      }
    });

    it('an instance that begins anew answers with what is live on record', async () => {
      if ((await rolesOf(0))[other] !== 'live') await act(0, `/${other}/promote`);
      const roles = await agreed();
      await pair.restart(1);
      expect(await agreed()).toEqual(roles);
      expect(await answering(1)).toBe(await answering(0));
    });

    it('promoted through one and dropped through the other at once, one of both happens, on both', async () => {
      if ((await rolesOf(0))[other] === 'live') await act(0, '/rollback');
      expect((await agreed())[first]).toBe('live');
      const heard = await Promise.all([act(0, `/${other}/promote`), act(1, `/${other}/drop`)]);
      const [promoted, dropped] = heard.map(({ status }) => status === 200);
      const roles = await agreed();
      expect([promoted, dropped]).toEqual([roles[other] === 'live', roles[other] === undefined]);
      expect(await answering(0)).toBe(await answering(1));
    });
  },
);
