import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moments, type StreamEntry } from './stream.js';

function rawAt(at: number): StreamEntry {
  return { at, raw: { topicKind: 'ticket', key: `a/${at}`, value: '' } };
}

describe('moments', () => {
  it('hands an entry to the first instant at or after its arrival', () => {
    const cut = [...moments([1, 2, 2, 3, 9].map(rawAt), [2, 5])];
    expect(cut.map(({ at, arrived }) => [at, arrived.map((entry) => entry.at)])).toEqual([
      [2, [1, 2, 2]],
      [5, [3]],
    ]);
  });

  it('stops at instants after the end of the stream as well', () => {
    expect([...moments([rawAt(1)], [4, 3])].map(({ at, arrived }) => [at, arrived.length])).toEqual([
      [3, 1],
      [4, 0],
    ]);
  });

  it('refuses a stream that is not ordered by arrival', () => {
    expect(() => [...moments([rawAt(2), rawAt(1)], [3])]).toThrow('not ordered');
  });

  it('yields every instant once, in order, and every entry up to the last instant once, for any stream', () => {
    const times = fc.array(fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(times, times, (arrivals, instants) => {
        const stream = arrivals.sort((a, b) => a - b).map(rawAt);
        const cut = [...moments(stream, instants)];
        expect(cut.map(({ at }) => at)).toEqual([...new Set(instants)].sort((a, b) => a - b));
        const last = Math.max(-1, ...instants);
        expect(cut.flatMap(({ arrived }) => arrived)).toEqual(stream.filter(({ at }) => at <= last));
      }),
    );
  });
});
