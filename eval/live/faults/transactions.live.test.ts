/** Transactions of other programs that are aborted, or hang (rows 12 and 13 of the fault matrix). */
import type { Transaction } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { size } from '../../prove/settings.js';
import { countedMs } from '../machine-time.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { kafkaClient } from '../topics.js';
import { FaultScene, idsOf, type Look, messageOf, ms, watchUntil } from './scene.test-support.js';

const TRANSACTIONS = size(25, 400);
const MAX_STALENESS_MS = 1_000;
const HANGS_MS = size(2_000, 60_000);

function transactional(id: string) {
  return kafkaClient(kafkaServers()).producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 });
}

describe.skipIf(kafkaUrl() === undefined)(`transactions of others (${kafkaMissing()})`, () => {
  let scene: FaultScene;
  beforeAll(async () => {
    scene = await FaultScene.open();
    await scene.serve();
  });
  afterAll(() => scene.close());

  const sendIn = (transaction: Transaction, ids: readonly string[]) =>
    transaction.send({ topic: scene.tickets, messages: ids.map((id) => messageOf(id)) });

  /** Three tickets each; every fifth transaction, the last one too, is aborted. */
  async function runTransactions(): Promise<{ readonly committed: string[]; readonly aborted: string[] }> {
    const producer = transactional(`${scene.topics.prefix}-aborts`);
    await producer.connect();
    const [committed, aborted]: [string[], string[]] = [[], []];
    for (let at = 0; at < TRANSACTIONS; at += 1) {
      const isAborted = at % 5 === 4;
      const ids = idsOf(`tx${at}`, 3);
      const transaction = await producer.transaction();
      await sendIn(transaction, ids);
      await (isAborted ? transaction.abort() : transaction.commit());
      (isAborted ? aborted : committed).push(...ids);
    }
    await producer.disconnect();
    return { committed, aborted };
  }

  /** Opens one and leaves it alone; what is returned ends it as its producer's successor does. */
  async function hangTransaction(id: string): Promise<() => Promise<void>> {
    const hung = transactional(id);
    await hung.connect();
    await sendIn(await hung.transaction(), ['hung']);
    return async () => {
      const successor = transactional(id);
      await successor.connect();
      // The first thing a producer does under a transactional id is to abort what its forerunner has left open (KIP-98).
      await (await successor.transaction()).abort();
      await Promise.all([hung.disconnect(), successor.disconnect()]);
    };
  }

  it('aborted, one of five, are unseen, and the end of the log behind their last marker is reached', async ({
    annotate,
  }) => {
    const { committed, aborted } = await runTransactions();
    const endedMs = performance.now();
    await scene.live.caughtUp();
    const isProven = ({ label, ageMs, atMs }: Look) => label === 'fresh' && atMs - (ageMs ?? 0) >= endedMs;
    const { seenAtMs } = await watchUntil(scene, isProven, { maxStalenessMs: MAX_STALENESS_MS });

    await annotate(`fresh ${ms(seenAtMs - endedMs)} after the end`);
    expect(countedMs(endedMs, seenAtMs)).toBeLessThanOrEqual(2_000);
    expect(await scene.missing(committed)).toEqual([]);
    expect(await scene.missing(aborted)).toEqual(aborted);
    const { log } = scene.live.service.engines;
    // The offsets of what was not applied are there: the fault was.
    expect((await log.ends()).get(scene.partition)).toBe(BigInt(committed.length + aborted.length + TRANSACTIONS));
    expect([...log.troubles]).toEqual([]);
    // An open transaction may have been told of in passing; nothing else was.
    expect(scene.live.notices.filter((text) => !text.includes('an open transaction keeps'))).toEqual([]);
  });

  it('hung turn answers stale and say why, and nothing is missing once they have been aborted', async ({
    annotate,
  }) => {
    const abort = await hangTransaction(`${scene.topics.prefix}-hangs`);
    const sinceMs = performance.now();
    const others: string[] = [];
    const watch = (wanted: (look: Look) => boolean, lastsMs = 0) =>
      watchUntil(scene, wanted, {
        maxStalenessMs: MAX_STALENESS_MS,
        lastsMs,
        meanwhile: () => scene.send([`other-${others.push(`other-${others.length}`) - 1}`]),
      });
    const stale = await watch(({ label }) => label === 'stale');
    const hanging = await watch(({ atMs }) => atMs - sinceMs > HANGS_MS, HANGS_MS);
    const abortedMs = performance.now();
    await abort();
    const fresh = await watch(({ label }) => label === 'fresh');
    await scene.live.caughtUp();

    await annotate(
      `stale after ${ms(stale.seenAtMs - sinceMs)}, fresh ${ms(fresh.seenAtMs - abortedMs)} after the abort`,
    );
    expect(countedMs(sinceMs, stale.seenAtMs)).toBeLessThanOrEqual(MAX_STALENESS_MS + 1_000);
    expect(stale.looks.at(-1)?.reasons).toMatchObject([{ code: 'blocked_at_lso', partition: scene.partition }]);
    expectGrowing(hanging.looks);
    expect(countedMs(abortedMs, fresh.seenAtMs)).toBeLessThanOrEqual(5_000);
    expect(await scene.missing([...others, 'hung'])).toEqual(['hung']);
  });
});

/** Stale throughout, and older each time. */
function expectGrowing(looks: readonly Look[]): void {
  expect(looks.filter(({ label }) => label !== 'stale')).toEqual([]);
  const ages = looks.map(({ ageMs }) => ageMs ?? Number.NaN);
  expect(ages).toEqual(ages.toSorted((a, b) => a - b));
  expect(ages.at(-1)).toBeGreaterThan(HANGS_MS / 2);
}
