/**
 * W1 and W2 of the reliability plan: three instances on Kafka, Redis and Qdrant fold a ledger and answer readers while everything they
 * stand on fails in turn. The checkers are themselves checked in `checkers.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endAll, ensureBuilt } from '../../processes/server.test-support.js';
import { againLine, seed, size } from '../../prove/settings.js';
import { seeded } from '../../random.js';
import {
  hasOwnQdrant,
  hasOwnRedis,
  kafkaProxyPorts,
  ownKafkaMissing,
  ownQdrantMissing,
  ownRedisMissing,
} from '../settings.js';
import { answerOf, type Reply } from './history.js';
import { type Ran, runLedger } from './run.js';
import { openScene, type Scene } from './scene.js';

const missing = [
  kafkaProxyPorts() === undefined ? ownKafkaMissing() : undefined,
  hasOwnRedis() ? undefined : ownRedisMissing(),
  hasOwnQdrant() ? undefined : ownQdrantMissing(),
].find((one) => one !== undefined);

const SEED = seed();
const again = againLine('--config vitest.live.config.ts eval/live/ledger');
const world = { tenants: 20, entities: size(100, 500) };
const plan = {
  records: size(3_000, 100_000),
  recordsPerSecond: size(60, 200),
  readsPerSecond: 50,
  replays: size(60, 1_000),
  random: seeded(SEED),
};

describe.skipIf(missing !== undefined)(
  `a ledger of ${plan.records} records under faults (${missing ?? `on Kafka, Redis and Qdrant; again: ${again}`})`,
  () => {
    let scene: Scene | undefined;
    let ran: Ran;
    beforeAll(
      async () => {
        ensureBuilt();
        scene = await openScene(world, SEED);
        ran = await runLedger(scene, plan);
      },
      size(900_000, 7_200_000),
    );
    afterAll(async () => {
      endAll();
      await scene?.close();
    });

    it.each([
      ['C0 sound', 'no process ends by itself, and no reader is told of a fault that is none of his'],
      ['C1 lost', 'P1: what was acknowledged is in the topics as it was sent, and in the state'],
      ['C2 regress', 'P4: a reader that passes on its token sees nothing go back, whichever instance it asks'],
      [
        'C3 content',
        'P3: every item, and what is missing, is the fold of the topics through where the answer says it is',
      ],
      ['C3 replay', 'P5: an answer replays at full depth, by whatever instance'],
      ['C4 false age', 'P2: no answer is older than it says; false-fresh 0'],
      ['C7 engines', 'Redis, Qdrant and the fold of the topics hold the same when all is quiet'],
      ['C11 counts', 'P1: every record is counted once, as what it came to'],
    ])('%s: %s', (checker) => {
      const found = ran.findings.find((one) => one.checker === checker);
      expect(found?.looked, again).toBeGreaterThan(0);
      expect(found?.faults.slice(0, 20), `${found?.faults.length} of ${found?.looked}; again: ${again}`).toEqual([]);
    });

    it('refuses the late write of an instance that had been given up, and each fault bit', async ({ annotate }) => {
      const looked = ran.findings.map((one) => `${one.checker} ${one.looked}`);
      const outcomes = new Map<string, number>();
      for (const reply of ran.replies) outcomes.set(outcomeOf(reply), (outcomes.get(outcomeOf(reply)) ?? 0) + 1);
      const told = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
      await annotate(
        [
          `${ran.records} records, ${ran.conflicts} writes refused, ${ran.lateRefused} of them late, ${ran.replies.length} reads, ${Math.round(ran.readsPerSecond)} a second: ${told}`,
          ...looked,
          ...ran.bites,
        ].join('\n'),
      );
      expect(ran.lateRefused, again).toBeGreaterThan(0);
      expect(ran.records).toBeGreaterThanOrEqual(plan.records);
      expect(ran.replies.filter(({ status }) => status === 200).length).toBeGreaterThan(plan.records / 10);
    });
  },
);

/** The label of an answer, the code of a refusal. */
function outcomeOf(reply: Reply): string {
  if (reply.status === 0) return 'cut';
  const answer = answerOf(reply);
  return answer?.freshness.label ?? /urn:tidemark:problem:([\w-]+)/.exec(reply.text)?.[1] ?? String(reply.status);
}
