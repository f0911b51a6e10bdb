/** Several instances and one index that outlives them: what each answers does not depend on who fills it, how far, or how often it is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { contextRequest, DrivenClock, tenant } from '../fixtures.test-support.js';
import type { Holding } from '../reconcile/holdings.js';
import { lexicalMethod } from '../retrieval/method.js';
import type { IndexQuery, IndexWrite } from '../retrieval/port.js';
import { everyPolicy, IndexCandidates } from '../snapshot/candidates.js';
import { RankingRetriever } from '../snapshot/ranking-retriever.js';
import type { Sources } from '../snapshot/retriever.js';
import { entity, writer } from '../state/contract-kit.js';
import { Filling } from './filling.js';
import type { SharedIndex } from './reading.js';

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What Qdrant is to them. */
class Shared implements SharedIndex {
  readonly generation = 'test';
  readonly isDurable = true;
  writes = 0;
  #index = new MemoryIndex('test');
  readonly #held = new Map<string, Holding>();
  readonly #listeners = new Set<(why: 'lost') => void>();

  get mark() {
    return { index: 'one', revision: this.writes };
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    await nextTurn();
    this.writes += 1;
    await this.#index.apply(writes);
    for (const { key, entityHash, revision } of writes) {
      if (revision > (this.#held.get(key.id)?.revision ?? -1)) this.#held.set(key.id, { key, entityHash, revision });
    }
  }

  async search(query: IndexQuery) {
    await nextTurn();
    await nextTurn();
    return await this.#index.search(query);
  }

  count(of: string) {
    return this.#index.count(of);
  }

  async *held() {
    for (const one of [...this.#held.values()]) {
      await nextTurn();
      yield this.#held.get(one.key.id) ?? one;
    }
  }

  watch(listener: (why: 'lost') => void): void {
    this.#listeners.add(listener);
  }

  lose(): void {
    this.#index = new MemoryIndex('test');
    this.#held.clear();
    this.writes += 1;
    for (const listener of this.#listeners) listener('lost');
  }
}

class Instances {
  readonly state = new MemoryState();
  readonly index = new Shared();
  readonly clock = new DrivenClock();
  readonly filling = new Set<number>([0]);
  readonly #running: { filling: Filling; stop: AbortController; ended: Promise<void> }[] = [];
  readonly #revisions = new Map<string, number>();

  constructor(count: number) {
    for (let n = 0; n < count; n++) this.start(n);
  }

  start(n: number): void {
    this.#running[n]?.stop.abort();
    const { state, index, clock } = this;
    const filling = new Filling({
      ...{ state, index, clock, method: lexicalMethod, vectors: null, entitiesPerSecond: 10 },
      shared: { index, isFilling: () => this.filling.has(n) },
      tenants: () => [tenant],
      onFailure: (error) => {
        throw error;
      },
    });
    const stop = new AbortController();
    this.#running[n] = { filling, stop, ended: filling.run(stop.signal) };
  }

  async put(n: number, body: string | null): Promise<void> {
    const id = `P-${n}`;
    const revision = (this.#revisions.get(id) ?? 0) + 1;
    this.#revisions.set(id, revision);
    const [before] = await this.state.entities([{ tenant, kind: 'policy', id }]);
    const data = { policyId: id, title: '', body: body ?? '' };
    const after = entity('policy', id, { revision, offset: revision, data, deleted: body === null });
    await (before === undefined ? writer(this.state).put(after) : writer(this.state).replace(before, after));
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  }

  async sources(): Promise<Sources> {
    const { policies } = await this.state.tenant(tenant);
    return { policies, members: [], applicant: null, atMs: 0 };
  }

  /** Every instance says what ranking every policy says. */
  async agree(sources: Sources): Promise<void> {
    const request = { ...contextRequest({ kinds: ['policy'] }), question: 'refund of a card' };
    const parts = { method: lexicalMethod, vectors: null, generation: 'test' };
    const { retrieval: _, ...wanted } = await new RankingRetriever(parts, everyPolicy).retrieve(sources, request);
    const answers = this.#running.map(async ({ filling }) => {
      const candidates = new IndexCandidates(this.index, filling.coverage);
      const { retrieval: __, ...asked } = await new RankingRetriever(parts, candidates).retrieve(sources, request);
      return asked;
    });
    for (const asked of await Promise.all(answers)) expect(asked).toEqual(wanted);
  }

  /** In so many passes, by the first instance alone. */
  async settled(): Promise<void> {
    this.filling.clear();
    this.filling.add(0);
    const isWhole = () => this.#running.every(({ filling }) => filling.isCaughtUp && filling.lacking === 0);
    for (let pass = 0; pass < 100 && !isWhole(); pass++) await this.pass(2_000);
    for (const { filling } of this.#running) expect([filling.lacking, await filling.verify()]).toEqual([0, 0]);
  }

  async stop(): Promise<void> {
    for (const { stop } of this.#running) stop.abort();
    await Promise.all(this.#running.map(({ ended }) => ended));
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('put'), fc.nat(2), fc.constantFrom('refund', 'card', null)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('pass'), fc.constantFrom(0, 100, 2_000), fc.constant(null)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('ask'), fc.nat(1), fc.constant(null)) },
  fc.tuple(fc.constantFrom('start', 'fill', 'rest'), fc.nat(2), fc.constant(null)),
  fc.tuple(fc.constant('lose'), fc.constant(0), fc.constant(null)),
);

describe('an index that several instances share', () => {
  it('changes no answer of any, whoever fills it, half way, twice at once, from an older reading or after it was lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const all = new Instances(3);
        let earlier = await all.sources();
        for (const [what, n, body] of steps) {
          if (what === 'put') await all.put(n, body);
          if (what === 'pass') await all.pass(n);
          if (what === 'start') all.start(n);
          if (what === 'fill') all.filling.add(n);
          if (what === 'rest') all.filling.delete(n);
          if (what === 'lose') all.index.lose();
          if (what === 'ask') await Promise.all([all.pass(100), all.agree(n === 0 ? earlier : await all.sources())]);
          if (what === 'ask' && n === 1) earlier = await all.sources();
        }
        await all.agree(await all.sources());
        await all.settled();
        await all.agree(await all.sources());
        await all.stop();
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('is written once, whoever begins to fill it later', async () => {
    const all = new Instances(2);
    for (let n = 0; n < 10; n++) await all.put(n, 'refund');
    await all.settled();
    const { writes } = all.index;
    all.filling.clear();
    all.filling.add(1);
    all.start(1);
    for (let pass = 0; pass < 10; pass++) await all.pass(2_000);
    expect(all.index.writes).toBe(writes);
    await all.stop();
  });
});
