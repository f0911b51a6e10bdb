import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { TidemarkError } from '../errors.js';
import { account, caller, contextRequest, policy, remove, topics } from '../fixtures.test-support.js';
import { generationOf } from '../retrieval/generation.js';
import { VectorCache } from '../retrieval/vector-cache.js';
import { everyPolicy } from '../snapshot/candidates.js';
import { RankingRetriever } from '../snapshot/ranking-retriever.js';
import { reportsNoSnapshot } from '../snapshot/report.js';
import type { Retriever } from '../snapshot/retriever.js';
import { SnapshotService } from '../snapshot/service.js';
import { ClosingEngines } from './closing.test-support.js';
import { generationId } from './record.js';
import { GenerationWorld, methods } from './service.test-support.js';

const worlds: GenerationWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

async function opened({ open } = new ClosingEngines()): Promise<GenerationWorld> {
  const world = await GenerationWorld.open({ engines: { open } });
  worlds.push(world);
  await world.put(
    account('A-1'),
    policy('P-0', { policyId: 'p0' }),
    policy('P-1', { policyId: 'p1', body: 'refunds' }),
  );
  return world;
}

type Step =
  | { readonly kind: 'write'; readonly n: number; readonly body: string }
  | { readonly kind: 'remove'; readonly n: number }
  | { readonly kind: 'ask' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'start' | 'promote' | 'drop'; readonly method: string };

const n = fc.nat(5);
const method = fc.constantFrom('hashing', 'wordy', 'lexical');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    n,
    body: fc.constantFrom('refunds', 'how long', 'invoice', 'take'),
  }),
  fc.record({ kind: fc.constant('remove' as const), n }),
  { weight: 3, arbitrary: fc.constant({ kind: 'ask' as const }) },
  fc.constant({ kind: 'rollback' as const }),
  fc.record({
    kind: fc.constantFrom('start' as const, 'promote' as const, 'promote' as const, 'drop' as const),
    method,
  }),
);

/** What operators are refused is part of the game. */
async function tried(act: Promise<unknown>): Promise<void> {
  await act.catch((error: unknown) => {
    const isRefusal = error instanceof TidemarkError && /^(generation_|behind|request_)/.test(error.code);
    if (!isRefusal) throw error;
  });
}

class Game {
  readonly released: Awaited<ReturnType<GenerationWorld['ask']>>[] = [];
  #edits = 0;

  constructor(readonly world: GenerationWorld) {}

  async take(one: Step): Promise<void> {
    const { world } = this;
    const { operations } = world;
    this.#edits += 1;
    if (one.kind === 'write')
      await world.put(policy(`P-${one.n}`, { policyId: `p${one.n}`, body: one.body }, this.#once()));
    else if (one.kind === 'remove') await world.put(remove('policy', `P-${one.n}`, this.#once()));
    else if (one.kind === 'ask') this.released.push(await world.ask());
    else if (one.kind === 'rollback') await tried(operations.rollBack('one'));
    else if (one.kind === 'start') await tried(operations.start(one.method, 'one', null));
    else await tried(operations[one.kind](this.#idOf(one.method), 'one'));
  }

  #once() {
    return { id: `edit-${this.#edits}` };
  }

  /** A full replay to a match; of a generation that is not open any more, that it is gone. */
  async verdictOf({ id, stamp }: Game['released'][number]): Promise<string> {
    const isOpen = this.world.operations.status().some((one) => one.id === generationId(stamp.index));
    const verdict = await this.world.replay(id);
    if (verdict.verdict === 'MATCH' || isOpen) return JSON.stringify(verdict.verdict);
    return verdict.verdict === 'UNREPLAYABLE' && verdict.reason === 'model_missing' ? 'gone' : JSON.stringify(verdict);
  }

  #idOf(text: string): string {
    return this.world.operations.status().find((one) => one.method === text)?.id ?? '0123456789ab';
  }
}

describe('writes, snapshots, promotions, rollbacks and drops in any order and at once', () => {
  it('leave each snapshot with the stamp of one generation, by which it replays to a match or is known to be gone', async () => {
    const verdicts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 14 }),
        async (rounds) => {
          const engines = new ClosingEngines();
          const game = new Game(await opened(engines));
          for (const round of rounds) await Promise.all(round.map((one) => game.take(one)));
          await game.world.caughtUp();
          for (const one of game.released) verdicts.add(await game.verdictOf(one));
          expect([...verdicts].filter((verdict) => !['"MATCH"', 'gone'].includes(verdict))).toEqual([]);
          await game.world.until(() => engines.openCount === game.world.operations.status().length - 1);
          expect(engines.late).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
    expect(verdicts).toContain('"MATCH"');
  }, 60_000);
});

function everyRetriever(name: 'lexical' | 'hashing'): Retriever {
  const of = methods[name];
  if (of === undefined) throw new Error(name);
  const vectors = VectorCache.of(of, () => undefined);
  return new RankingRetriever({ method: of, vectors, generation: generationOf(of) }, everyPolicy);
}

describe('a retriever that ranks by one generation and is stamped as another', () => {
  it('is found by the first replay', async () => {
    const world = await opened();
    const [ranks, stamped] = [everyRetriever('hashing'), everyRetriever('lexical')];
    const mixed: Retriever = {
      ...stamped,
      identity: stamped.identity,
      retrieve: (...asked) => ranks.retrieve(...asked),
    };
    const { state, clock } = world.service.engines;
    const { identity, witness, audit, journal } = world.service;
    const past = { open: async () => Promise.reject(new Error('not asked')), journal };
    const common = { state, clock, topics, identity, witness, audit, past, report: reportsNoSnapshot };
    const service = new SnapshotService({
      ...common,
      auditing: 'required',
      retrieval: () => ({ live: mixed, past: mixed }),
    });
    const result = await service.snapshot(contextRequest({ question: 'how long do refunds take?' }), caller);
    if (result.kind !== 'released') throw new Error(result.kind);
    expect(await world.replay(result.id)).toMatchObject({ verdict: 'MISMATCH' });
  });
});
