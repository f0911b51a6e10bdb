import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import { Place, partedAt, troubleOf } from './place.js';

const marks = { start: 10n, readableEnd: 30n, end: 30n, leaderEpoch: 0 };
const point = { topic: 't', incarnationId: 'id', partition: 0, offset: 20n, leaderEpoch: 4 };

describe('an offset that the log refused', () => {
  it.each([
    [
      'was removed',
      { offset: 5n, lastEpoch: 4, epochEnd: { leaderEpoch: 4, end: 30n } },
      { kind: 'gap', from: 5n, to: 10n },
    ],
    ['is past the end', { offset: 31n, lastEpoch: null, epochEnd: null }, { kind: 'truncated', from: 30n }],
    [
      'is past the end of its epoch',
      { offset: 20n, lastEpoch: 4, epochEnd: { leaderEpoch: 4, end: 15n } },
      { kind: 'truncated', from: 15n },
    ],
    [
      'is of an epoch that lost',
      { offset: 20n, lastEpoch: 4, epochEnd: { leaderEpoch: 3, end: 25n } },
      { kind: 'truncated', from: 19n },
    ],
    [
      'is of an epoch the log never had',
      { offset: 20n, lastEpoch: 4, epochEnd: null },
      { kind: 'truncated', from: 10n },
    ],
    ['fits by now', { offset: 20n, lastEpoch: 4, epochEnd: { leaderEpoch: 4, end: 30n } }, null],
    ['is the end', { offset: 30n, lastEpoch: 4, epochEnd: { leaderEpoch: 4, end: 30n } }, null],
    ['fits, and nothing was read before', { offset: 20n, lastEpoch: null, epochEnd: null }, null],
  ] as const)('%s', (_name, refusal, trouble) => {
    expect(troubleOf({ ...refusal, marks })).toEqual(trouble);
  });

  it('parts from the log at the latest with the record before it', () => {
    expect([partedAt(12n, 20n), partedAt(20n, 20n)]).toEqual([
      { kind: 'truncated', from: 12n },
      { kind: 'truncated', from: 19n },
    ]);
  });
});

describe('a place', () => {
  it('asks with the epoch of the leader and that of the record before', () => {
    const leader = { node: 1, address: { host: 'h', port: 1 }, leaderEpoch: 6 };
    const ask = { topicId: 'id', partition: 0, offset: 20n, lastEpoch: 4, leaderEpoch: 6 };
    expect(new Place(point).ask(leader)).toEqual(ask);
  });

  it('is tried again after pauses that double up to a bound', () => {
    const place = new Place(point);
    const pauses = Array.from({ length: 12 }, () => {
      place.lose(1_000);
      return place.stage.kind === 'lost' ? place.stage.retryAtMs - 1_000 : Number.NaN;
    });
    expect(pauses.slice(0, 3)).toEqual([1, 2, 4].map((times) => times * limits.remoteRetryMs));
    expect(pauses.at(-1)).toBe(limits.remoteRetryMsMax);
  });

  it('believes that its topic is gone once it was said often and long enough', () => {
    const place = new Place(point);
    const said = (nowMs: number) => place.suspect(null, nowMs);
    expect([said(0), said(10), said(20)]).toEqual([null, null, null]);
    expect(said(limits.remoteConfirmMs)).toEqual({ kind: 'topic_missing' });
  });

  it('believes neither a single look, however late, nor brokers that contradict each other', () => {
    const place = new Place(point);
    const late = 2 * limits.remoteConfirmMs;
    expect([place.suspect(null, 0), place.suspect('other', late), place.suspect(null, 2 * late)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('says which topic took the place of its own', () => {
    const place = new Place(point);
    for (const nowMs of [0, 100]) place.suspect('other', nowMs);
    const trouble = { kind: 'recreated', was: 'id', is: 'other' };
    expect(place.suspect('other', limits.remoteConfirmMs)).toEqual(trouble);
  });
});
