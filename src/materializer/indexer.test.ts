import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { DrivenClock } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { HashingEmbedder } from '../retrieval/hashing-embedder.js';
import { characterPassages } from '../retrieval/passages.js';
import { countedPassages } from '../retrieval/passages.test-support.js';
import type { IndexWrite } from '../retrieval/port.js';
import { IndexRefusal } from '../retrieval/refused.js';
import { indexUnavailable } from '../retrieval/unavailable.js';
import { VectorCache } from '../retrieval/vector-cache.js';
import { entity, writer } from '../state/contract-kit.js';
import { mostInOneTurn } from '../turns.test-support.js';
import { Indexer, type IndexerParts } from './indexer.js';
import { Pressure } from './pressure.js';
import { reportsNothing } from './report.js';

/** Text with this word cannot be embedded, nor an entity so named be indexed, while it is set. */
let poison: string | null = null;
let clock = new DrivenClock();
let failures: unknown[] = [];
let state = new MemoryState();

class PickyEmbedder extends HashingEmbedder {
  override async embed(texts: readonly string[]) {
    if (poison !== null && texts.some((text) => text.includes(String(poison)))) throw new Error('cannot be embedded');
    return super.embed(texts);
  }
}

class PickyIndex extends MemoryIndex {
  override async apply(writes: readonly IndexWrite[]) {
    if (poison !== null && writes.some(({ key }) => key.id.startsWith(String(poison)))) throw new Error('refused');
    return super.apply(writes);
  }
}

/** Refuses every write with an entity so named. */
class RefusingIndex extends MemoryIndex {
  /** Of each that it refused alone. */
  readonly refusedAtMs: number[] = [];

  override async apply(writes: readonly IndexWrite[]) {
    if (writes.some(({ key, revision }) => key.id.startsWith('bad') && revision === 1)) {
      if (writes.length === 1) this.refusedAtMs.push(clock.monotonicMs());
      throw new IndexRefusal('HTTP status 400');
    }
    return super.apply(writes);
  }
}

class SilentIndex extends MemoryIndex {
  isUp = false;
  /** Entities of each try. */
  readonly tries: number[] = [];

  override async apply(writes: readonly IndexWrite[]) {
    this.tries.push(writes.length);
    if (!this.isUp) throw indexUnavailable();
    return super.apply(writes);
  }
}

function makeIndexer(index: MemoryIndex = new MemoryIndex('test'), more: Partial<IndexerParts> = {}): Indexer {
  const report = { ...reportsNothing, indexFailed: (error: unknown) => void failures.push(error) };
  const vectors = new VectorCache(new PickyEmbedder());
  return new Indexer({ state, index, passages: characterPassages, vectors, clock, report, ...more });
}

const policies = (count: number, name: string, body: string) =>
  Array.from({ length: count }, (_, n) => entity('policy', `${name}-${n}`, { data: { body } }));
const pendingIds = async () => (await state.pendingKeys('acme')).map(({ id }) => id);

beforeEach(() => {
  [poison, clock, failures, state] = [null, new DrivenClock(), [], new MemoryState()];
});

describe('the indexer', () => {
  it('indexes what stands behind a turnful of entities that cannot be embedded, and reports each of them', async () => {
    poison = 'cursed';
    await writer(state).put(...policies(64, 'bad', 'cursed'), ...policies(3, 'good', 'fine'));
    const indexer = makeIndexer();
    expect([await indexer.turn(), await indexer.turn(), await indexer.turn()]).toEqual(['failed', 'indexed', 'idle']);
    expect(failures).toHaveLength(64);
    expect((await pendingIds()).every((id) => id.startsWith('bad'))).toBe(true);
  });

  it('indexes the rest of a turn in which the index refuses one entity', async () => {
    poison = 'bad';
    await writer(state).put(...policies(2, 'good', 'x'), ...policies(1, 'bad', 'y'), ...policies(2, 'fine', 'z'));
    expect(await makeIndexer(new PickyIndex('test')).turn()).toBe('indexed');
    expect([await pendingIds(), failures.length]).toEqual([['bad-0'], 1]);
  });

  it('cuts the text of a turn in slices, and others have their turn between them', async () => {
    await writer(state).put(...policies(64, 'P', 'fine'));
    const turn = (count: () => void) => makeIndexer(undefined, { passages: countedPassages(count) }).turn();
    expect(await mostInOneTurn(turn)).toBe(limits.indexerSliceEntities);
  });

  it('tries what failed again after a while, and what has changed at once', async () => {
    poison = 'cursed';
    const [first, second] = [
      entity('policy', 'P-1', { data: { body: 'cursed' } }),
      entity('policy', 'P-2', { data: { body: 'cursed' } }),
    ];
    await writer(state).put(first, second);
    const indexer = makeIndexer();
    expect([await indexer.turn(), await indexer.turn()]).toEqual(['failed', 'idle']);
    await writer(state).replace(first, entity('policy', 'P-1', { offset: 5, revision: 2, data: { body: 'mended' } }));
    expect([await indexer.turn(), await pendingIds()]).toEqual(['indexed', ['P-2']]);
    poison = null;
    clock.advance(5_000);
    expect([await indexer.turn(), await pendingIds()]).toEqual(['indexed', []]);
  });

  it('asks what is pending when policies have been written, and not beside a stream of tickets', async () => {
    let looks = 0;
    state.allPending = async (countMax) => {
      looks++;
      return MemoryState.prototype.allPending.call(state, countMax);
    };
    const stop = new AbortController();
    const running = makeIndexer().run(stop.signal);
    await vi.waitUntil(() => clock.sleepers === 1);
    await writer(state).put(entity('ticket', 'T-1'));
    expect([looks, clock.sleepers]).toEqual([1, 1]);
    await writer(state).put(...policies(1, 'good', 'fine'));
    await vi.waitUntil(async () => (await pendingIds()).length === 0);
    stop.abort();
    await running;
  });

  it('is idle beside what failed: nobody waits for an entity that may never be indexed', async () => {
    poison = 'cursed';
    await writer(state).put(...policies(1, 'bad', 'cursed'));
    const indexer = makeIndexer();
    await indexer.turn();
    await indexer.idle(new AbortController().signal);
    expect(await pendingIds()).toEqual(['bad-0']);
  });
});

describe('what the index refuses as it is', () => {
  it('stops nobody else, is tried again less and less often, and is told each time by its place', async () => {
    const refused: unknown[] = [];
    const report = { ...reportsNothing, indexRefused: (...told: unknown[]) => void refused.push(told) };
    await writer(state).put(...policies(1, 'bad', 'x'), ...policies(70, 'good', 'y'));
    const index = new RefusingIndex('test');
    const indexer = makeIndexer(index, { report });
    expect([await indexer.turn(), await indexer.turn(), await indexer.turn()]).toEqual(['indexed', 'indexed', 'idle']);
    for (let second = 0; second < 3_600; second++) {
      clock.advance(1_000);
      await indexer.turn();
    }
    const waits = index.refusedAtMs.map((atMs, n) => Math.round((atMs - (index.refusedAtMs[n - 1] ?? 0)) / 1_000));
    expect(waits.slice(1, 8)).toEqual([5, 10, 20, 40, 80, 160, 320]);
    expect([waits.slice(8).every((wait) => wait === 640), waits.length]).toEqual([true, 12]);
    expect(refused).toHaveLength(waits.length);
    expect(refused[0]).toEqual([expect.objectContaining({ topic: expect.any(String) }), 'HTTP status 400']);
    expect(await pendingIds()).toEqual(['bad-0']);
  });

  it('is tried at once when it has changed', async () => {
    const bad = entity('policy', 'bad-0', { data: { body: 'x' } });
    await writer(state).put(bad);
    const indexer = makeIndexer(new RefusingIndex('test'));
    expect([await indexer.turn(), await indexer.turn()]).toEqual(['failed', 'idle']);
    await writer(state).replace(bad, entity('policy', 'bad-0', { offset: 5, revision: 2, data: { body: 'y' } }));
    expect([await indexer.turn(), await pendingIds()]).toEqual(['indexed', []]);
  });
});

describe('while the index cannot be asked', () => {
  it('it is tried less and less often, one entity at a time, and nothing is set aside', async () => {
    await writer(state).put(...policies(80, 'P', 'fine'));
    const index = new SilentIndex('test');
    const indexer = makeIndexer(index);
    for (let second = 0; second < 600; second++) {
      expect(await indexer.turn()).toBe('unavailable');
      clock.advance(100);
    }
    expect([index.tries[0], index.tries.slice(1).every((count) => count === 1)]).toEqual([64, true]);
    expect(index.tries.length).toBeLessThan(20);
    index.isUp = true;
    clock.advance(5_000);
    while ((await indexer.turn()) === 'indexed');
    expect([await pendingIds(), failures.length < 20]).toEqual([[], true]);
  });

  it('no write wakes it before it is due', async () => {
    await writer(state).put(...policies(1, 'P', 'fine'));
    const index = new SilentIndex('test');
    const indexer = makeIndexer(index);
    await indexer.turn();
    await writer(state).put(...policies(5, 'Q', 'fine'));
    expect([await indexer.turn(), index.tries]).toEqual(['unavailable', [1]]);
  });

  it('what is pending presses back, and no longer once it is indexed', async () => {
    const index = new SilentIndex('test');
    const pressure = new Pressure(10);
    const stop = new AbortController();
    const running = makeIndexer(index, { pressure }).run(stop.signal);
    await writer(state).put(...policies(11, 'P', 'fine'));
    await until(() => pressure.current?.pending === 11);
    index.isUp = true;
    await until(() => pressure.current === null);
    stop.abort();
    clock.advance(1_000);
    await running;
  });
});

describe('of several indexers', () => {
  it('one that is not to index leaves the marks alone, and counts them', async () => {
    await writer(state).put(...policies(3, 'P', 'fine'));
    const index = new SilentIndex('test');
    expect(await makeIndexer(index, { isIndexing: () => false }).turn()).toBe('standby');
    expect([index.tries, (await pendingIds()).length]).toEqual([[], 3]);
  });

  it('stops without waiting for the model, and sets nothing aside for that', async () => {
    const stop = new AbortController();
    const embedder = new HashingEmbedder();
    let putAway = () => {};
    const reading = new Promise<readonly Float32Array[]>((_, reject) => {
      putAway = () => reject(new Error('the model is being put away'));
    });
    embedder.embed = () => {
      stop.abort();
      return reading;
    };
    const indexer = makeIndexer(undefined, { vectors: new VectorCache(embedder) });
    for (const policy of policies(2, 'p', 'text')) await writer(state).put(policy);
    await indexer.run(stop.signal);
    putAway();
    await expect(reading).rejects.toThrow();
    expect([failures, (await pendingIds()).length]).toEqual([[], 2]);
  });
});

/** Time passes while it is not. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
}
