import { afterEach, describe, expect, it, vi } from 'vitest';
import { keyOf, position } from '../fixtures.test-support.js';
import { JournalIndex } from './journal-index.js';
import { PIECE_VISITS_MAX, RecordChains } from './record-chains.js';

const partition = 'support.tickets:0';
const key = (n: number) => keyOf('ticket', `T-${n}`);
const offsetsOf = (index: JournalIndex, n: number) => index.recordsOf(key(n)).flatMap(({ offsets }) => offsets);

function indexOf(keys: number, each: number): JournalIndex {
  const index = new JournalIndex();
  for (let offset = 0; offset < keys * each; offset++) index.note(key(offset % keys), position(offset), ['A']);
  return index;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('pruning the index of the journal', () => {
  it('leaves of expired records the newest of each key, and all that are kept', async () => {
    const index = indexOf(10, 5);
    await index.prune(new Map([[partition, 33n]]));
    expect([offsetsOf(index, 2), offsetsOf(index, 3)]).toEqual([
      [32n, 42n],
      [23n, 33n, 43n],
    ]);
  });

  it('loses nothing that is noted while it goes on, nor a capture made before, and stops nobody from reading', async () => {
    const index = indexOf(5_000, 5);
    const before = index.capture(new Map([[partition, 99_999n]]), new Map());
    const pruned = index.prune(new Map([[partition, 22_500n]]));
    for (let late = 0; late < 5; late++) {
      await new Promise(setImmediate);
      index.note(key(7), position(100_000 + late), ['A']);
      index.note(key(20_000 + late), position(100_100 + late), ['A']);
      expect(offsetsOf(index, 7)).toHaveLength(6 + late);
    }
    await pruned;
    expect(offsetsOf(index, 7)).toEqual([20_007n, ...[0n, 1n, 2n, 3n, 4n].map((late) => 100_000n + late)]);
    expect([0, 4].map((late) => offsetsOf(index, 20_000 + late))).toEqual([[100_100n], [100_104n]]);
    const records = [...before.keys()].reduce((sum, piece) => sum + piece.records.offsets.length, 0);
    expect(records).toBe(25_000);
  });

  it('goes through a bounded number of records between two turns, those of one key included', async () => {
    const index = indexOf(2, 20_000);
    const take = vi.spyOn(RecordChains.prototype, 'take');
    await index.prune(new Map([[partition, 39_990n]]));
    expect(take.mock.calls.length).toBeGreaterThanOrEqual(Math.floor(40_000 / PIECE_VISITS_MAX));
    expect(offsetsOf(index, 0)).toEqual([39_988n, 39_990n, 39_992n, 39_994n, 39_996n, 39_998n]);
  });
});
