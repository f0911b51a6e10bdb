import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import type { RemoteNews } from '../../src/log/remote-port.js';
import { SeenEpochs } from './seen-epochs.js';

const point = { topic: 't', incarnationId: 'i', partition: 0, offset: 10n, leaderEpoch: 3 };

function news(...records: readonly (readonly [offset: bigint, leaderEpoch: number])[]): RemoteNews {
  const written = { topic: 't', partition: 0, key: null, value: null, headers: [], timestampMs: 0 };
  return {
    kind: 'records',
    topic: 't',
    partition: 0,
    records: records.map(([offset, leaderEpoch]) => ({ ...written, offset, leaderEpoch })),
    nextOffset: (records.at(-1)?.[0] ?? 0n) + 1n,
  };
}

describe('the epochs of records that came by', () => {
  it('are that of the last record read before, then those of the records, also between them', () => {
    const seen = new SeenEpochs();
    seen.begin([point]);
    seen.saw(news([10n, 3], [12n, 5], [13n, 5]));
    seen.saw(news([20n, 6]));
    const offsets = [8n, 9n, 10n, 11n, 12n, 15n, 20n, 21n];
    expect(offsets.map((offset) => seen.of('t:0', offset))).toEqual([undefined, 3, 3, 3, 5, 5, 6, 6]);
  });

  it('are unknown when nothing was read before and nothing has come', () => {
    const seen = new SeenEpochs();
    seen.begin([{ ...point, leaderEpoch: null }]);
    expect([seen.of('t:0', 10n), seen.of('t:1', 10n)]).toEqual([undefined, undefined]);
  });

  it('are forgotten when reading begins anew: offsets may have been given out again', () => {
    const seen = new SeenEpochs();
    seen.begin([point]);
    seen.saw(news([10n, 7]));
    seen.begin([point]);
    expect(seen.of('t:0', 10n)).toBe(3);
  });

  it('are kept of the latest leaders only', () => {
    const seen = new SeenEpochs();
    const leaders = limits.remoteEpochsSeenMax + 1;
    seen.saw(news(...Array.from({ length: leaders }, (_, n) => [BigInt(n), n] as const)));
    expect([seen.of('t:0', 0n), seen.of('t:0', 1n)]).toEqual([undefined, 1]);
  });
});
