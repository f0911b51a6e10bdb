import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../domain/canonical.js';
import { account, policy, ticket } from '../fixtures.test-support.js';
import { lexicalMethod } from '../retrieval/method.js';
import { GenerationWorld, methods } from './service.test-support.js';

/** Milliseconds of the longest turn of the event loop while `work` goes on; another process's turn is no part of it. */
async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  const watched = { isOver: false, longestMs: 0 };
  const working = work().finally(() => {
    watched.isOver = true;
  });
  while (!watched.isOver) {
    const [startedAtMs, before] = [performance.now(), process.cpuUsage()];
    await new Promise(setImmediate);
    const { user, system } = process.cpuUsage(before);
    const ms = Math.min(performance.now() - startedAtMs, (user + system) / 1_000);
    watched.longestMs = Math.max(watched.longestMs, ms);
  }
  await working;
  return watched.longestMs;
}

const POLICIES = 2_500;
const TICKETS = 2_500;
const words = ['refund', 'credit', 'outage', 'invoice', 'region', 'seat', 'hour', 'plan'];
const bodyOf = (n: number) =>
  Array.from({ length: 250 }, (_, at) => `${words[(n + at * 7) % 8]}${(n * at) % 97}`).join(' ');

async function putAll(world: GenerationWorld, bodies: readonly JsonObject[]): Promise<void> {
  for (let first = 0; first < bodies.length; first += 100) await world.put(...bodies.slice(first, first + 100));
}

async function worldOfMany(): Promise<GenerationWorld> {
  const other = { ...lexicalMethod, ranking: { ...lexicalMethod.ranking, id: 'other' } };
  const world = await GenerationWorld.open({ among: { ...methods, other } });
  onTestFinished(() => world.stop());
  await world.put(account('A-1'));
  const policies = Array.from({ length: POLICIES }, (_, n) => policy(`P-${n}`, { policyId: `p${n}`, body: bodyOf(n) }));
  await putAll(world, policies);
  await world.until(async () => (await world.service.engines.state.pendingCount()) === 0);
  return world;
}

describe('an account with thousands of tickets', () => {
  it('holds the event loop for no long turn at its first question, nor where that is replayed (P15)', async () => {
    const world = await GenerationWorld.open();
    onTestFinished(() => world.stop());
    const closed = (n: number) => ticket(`T-${n}`, { status: 'closed', body: bodyOf(n) });
    await putAll(world, [account('A-1'), policy('P-1'), ...Array.from({ length: TICKETS }, (_, n) => closed(n))]);
    const longestMs = await longestTurnMs(async () => {
      const { id } = await world.ask();
      expect(await world.replay(id)).toMatchObject({ verdict: 'MATCH', depth: 'full' });
    });
    expect(longestMs).toBeLessThan(200);
  }, 120_000);
});

describe('a generation of a tenant with thousands of policies', () => {
  it('holds the event loop for no long turn at its first question, nor where that is replayed (P15)', async () => {
    const world = await worldOfMany();
    const longestMs = await longestTurnMs(async () => {
      const { id } = await world.ask();
      expect(await world.replay(id)).toMatchObject({ verdict: 'MATCH', depth: 'full' });
    });
    expect(longestMs).toBeLessThan(200);
  }, 120_000);

  it('holds the event loop for no long turn while it is filled, compared and promoted (P15)', async () => {
    const world = await worldOfMany();
    const comparedOf = (id: string) => world.operations.status().find((one) => one.id === id)?.compared?.compared ?? 0;
    const longestMs = await longestTurnMs(async () => {
      const id = await world.startFilled('other');
      await world.until(async () => {
        await world.ask();
        return comparedOf(id) > 0;
      });
      await world.operations.promote(id, 'one');
      expect((await world.ask()).stamp.index.ranking).toBe('other');
    });
    expect(longestMs).toBeLessThan(200);
  }, 120_000);
});
