/** Every sentence of `port.ts` as a case. Each implementation of the event log runs this suite. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInHistory } from '../domain/epochs.js';
import { limits } from '../limits.js';
import {
  bytes,
  collect,
  keyFor,
  keyOf,
  newRecord,
  noteRecords,
  notes,
  type OpenSubject,
  orders,
  places,
  plain,
  type Subject,
  text,
} from './contract-kit.js';
import type { LogBatch, LogRecord } from './port.js';

export function eventLogContract(name: string, open: OpenSubject): void {
  describe(`${name} keeps the contract of the event log`, () => {
    const subject: { log: Subject | undefined } = { log: undefined };
    const log = (): Subject => {
      if (subject.log === undefined) throw new Error('the log is opened before each case');
      return subject.log;
    };
    beforeEach(async () => {
      subject.log = await open([orders, notes]);
    });
    afterEach(() => log().close());

    describe('append', () => appendCases(log));
    describe('what a record holds', () => recordCases(log));
    describe('subscribe', () => subscribeCases(log));
    describe('the pace of a subscription', () => paceCases(log));
    describe('the end of a subscription', () => endCases(log));
    describe('leader epochs', () => epochCases(log));
    describe('ends, starts and commits', () => progressCases(log));
    describe('read and scan', () => readCases(log));
  });
}

function appendCases(log: () => Subject): void {
  it('tells its topics with partitions and an incarnation', () => {
    const topics = new Map(
      log()
        .topics()
        .map((topic) => [topic.name, topic]),
    );
    expect(topics.get('orders')).toMatchObject({ partitions: 3, incarnation: { ordinal: 1 } });
    expect(topics.get('notes')?.incarnation.id).not.toBe(topics.get('orders')?.incarnation.id);
    expect(log().id).not.toBe('');
  });

  it('returns the position of each record, in the order given', async () => {
    const keys = [keyFor(2), keyFor(0), keyFor(2), keyFor(1)];
    const positions = await log().append(keys.map((key) => newRecord('orders', key, 'v')));
    expect(places(positions)).toEqual(['orders:2:0', 'orders:0:0', 'orders:2:1', 'orders:1:0']);
    const incarnation = log()
      .topics()
      .find((topic) => topic.name === 'orders')?.incarnation;
    expect(positions.every((position) => position.incarnation.id === incarnation?.id)).toBe(true);
  });

  it('goes on with the next offset in the next append', async () => {
    await log().append(noteRecords(2));
    expect(places(await log().append(noteRecords(1)))).toEqual(['notes:0:2']);
  });

  it('gives concurrent appends distinct, contiguous offsets and keeps the order within each', async () => {
    const appends = Array.from({ length: 50 }, (_, i) => log().append(noteRecords(3, `${i}-`)));
    const positions = await Promise.all(appends);
    const offsets = positions.map((of) => of.map((position) => Number(position.offset)));
    expect(offsets.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i));
    expect(offsets.every(([a = 0, b = 0, c = 0]) => a < b && b < c)).toBe(true);
    const [reading] = await log().read('notes', 0, [BigInt(offsets[7]?.[1] ?? 0)]);
    expect(reading?.kind === 'found' && text(reading.record.value)).toBe('7-1');
  });

  it('takes an empty list and returns no positions', async () => {
    expect(await log().append([])).toEqual([]);
  });

  it('refuses a topic it does not have, and takes nothing of that append', async () => {
    const records = [newRecord('notes', 'k', 'v'), newRecord('unheard', 'k', 'v')];
    await expect(log().append(records)).rejects.toMatchObject({ code: 'request_invalid' });
    expect((await log().ends()).get('notes:0')).toBe(0n);
  });

  it('does not see what the caller does to its buffers after the append', async () => {
    const value = bytes('before');
    await log().append([{ topic: 'notes', key: null, headers: [], value }]);
    value.fill(0);
    expect((await collect(log(), 1)).map((record) => text(record.value))).toEqual(['before']);
  });

  it('refuses appends once it is closed', async () => {
    await log().close();
    await expect(log().append(noteRecords(1))).rejects.toMatchObject({ code: 'stopping' });
  });
}

function recordCases(log: () => Subject): void {
  const roundTrip = async (record: Omit<LogRecord, 'position' | 'timestampMs'>): Promise<LogRecord | undefined> => {
    await log().append([{ topic: 'orders', ...record }]);
    return (await collect(log(), 1))[0];
  };

  it('keeps a null value, a tombstone, apart from an empty one', async () => {
    const key = bytes(keyFor(1));
    await log().append([null, new Uint8Array()].map((value) => ({ topic: 'orders', key, headers: [], value })));
    const [tombstone, empty] = await collect(log(), 2);
    expect(tombstone?.value).toBeNull();
    expect(empty?.value).toHaveLength(0);
  });

  it('puts a record without a key into partition 0 and keeps the key null', async () => {
    const record = await roundTrip({ key: null, headers: [], value: bytes('v') });
    expect(record).toMatchObject({ key: null, position: { partition: 0 } });
  });

  it('keeps an empty key apart from a null one', async () => {
    expect((await roundTrip({ key: new Uint8Array(), headers: [], value: null }))?.key).toHaveLength(0);
  });

  it('keeps headers in order, with repeated names and empty values', async () => {
    const headers = [
      ['b', bytes('1')],
      ['a', bytes('2')],
      ['b', bytes('')],
      ['ü', Uint8Array.of(0, 255)],
    ] as const;
    const record = { key: bytes('k'), headers, value: bytes('v') };
    const kept = await roundTrip(record);
    expect(kept && plain(kept)).toEqual(plain({ topic: 'orders', ...record }));
  });

  it('keeps keys and values that are no text', async () => {
    const binary = Uint8Array.from({ length: 256 }, (_, i) => i);
    const record = await roundTrip({ key: binary, headers: [], value: binary });
    expect([record?.key, record?.value].map((part) => part && [...part])).toEqual([[...binary], [...binary]]);
  });

  it('stamps when it took the record, and the position that append returned', async () => {
    const [position] = await log().append(noteRecords(1));
    const [record] = await collect(log(), 1);
    expect(record?.position).toEqual(position);
    expect(Number.isInteger(record?.timestampMs)).toBe(true);
  });
}

function subscribeCases(log: () => Subject): void {
  it('delivers every record of every partition from the start, in the order of each partition', async () => {
    const records = Array.from({ length: 600 }, (_, i) => newRecord('orders', keyFor(i % 3), String(i)));
    await log().append(records);
    const delivered = await collect(log(), 600);
    for (const partition of [0, 1, 2]) {
      const values = delivered
        .filter((one) => one.position.partition === partition)
        .map((one) => Number(text(one.value)));
      expect(values).toEqual(Array.from({ length: 200 }, (_, i) => 3 * i + partition));
    }
  });

  it('delivers from the vector, inclusive, and a partition that is absent from its first record', async () => {
    await log().append([0, 0, 0, 1, 1].map((partition, i) => newRecord('orders', keyFor(partition), String(i))));
    const delivered = await collect(log(), 3, new Map([['orders:0', 2n]]));
    expect(delivered.map((record) => text(record.value)).sort()).toEqual(['2', '3', '4']);
  });

  it('delivers nothing before a position that is still to come', async () => {
    const delivered = collect(log(), 1, new Map([['notes:0', 3n]]));
    await log().append(noteRecords(2));
    await log().append(noteRecords(2, 'm'));
    expect((await delivered).map((record) => text(record.value))).toEqual(['m1']);
  });

  it('waits for new records and delivers them', async () => {
    const delivered = collect(log(), 4);
    for (let i = 0; i < 4; i++) await log().append(noteRecords(1, `${i}-`));
    expect((await delivered).map((record) => text(record.value))).toEqual(['0-0', '1-0', '2-0', '3-0']);
  });

  it('delivers only the topics asked for', async () => {
    await log().append([newRecord('orders', 'k', 'no'), newRecord('notes', 'k', 'yes')]);
    const stop = new AbortController();
    const topics = new Set<string>();
    for await (const batch of log().subscribe(['notes'], new Map(), stop.signal)) {
      topics.add(batch.topic);
      stop.abort();
    }
    expect([...topics]).toEqual(['notes']);
  });

  it('refuses a topic it does not have', () => {
    expect(() => log().subscribe(['unheard'], new Map(), new AbortController().signal)).toThrow(
      expect.objectContaining({ code: 'request_invalid' }),
    );
  });
}

function paceCases(log: () => Subject): void {
  it('delivers in slices, each with the offset at which reading goes on', async () => {
    await log().append(noteRecords(2 * limits.sliceRecordsMax + 1));
    const batches: LogBatch[] = [];
    const stop = new AbortController();
    let expected = 0n;
    for await (const batch of log().subscribe(['notes'], new Map(), stop.signal)) {
      batches.push(batch);
      if (batch.records.length > 0) expect(batch.records[0]?.position.offset).toBe(expected);
      expected = batch.nextOffset;
      if (expected === BigInt(2 * limits.sliceRecordsMax + 1)) stop.abort();
    }
    expect(Math.max(...batches.map((batch) => batch.records.length))).toBeLessThanOrEqual(limits.sliceRecordsMax);
  });

  it('leaves a consumer that stops in the middle where it is, and loses nothing meanwhile', async () => {
    await log().append(noteRecords(1));
    const stop = new AbortController();
    const batches = log().subscribe(['notes'], new Map(), stop.signal)[Symbol.asyncIterator]();
    await batches.next();
    await log().append(noteRecords(300, 'late'));
    const values: (string | null | undefined)[] = [];
    while (values.length < 300) {
      const next = await batches.next();
      expect(next.done).not.toBe(true);
      if (next.done !== true) values.push(...next.value.records.map((record: LogRecord) => text(record.value)));
    }
    await batches.return?.();
    expect(values).toEqual(Array.from({ length: 300 }, (_, i) => `late${i}`));
  });

  it('is fair: a long partition does not hold back a short one', async () => {
    await log().append(Array.from({ length: 1_000 }, () => newRecord('orders', keyFor(0), 'long')));
    await log().append([newRecord('orders', keyFor(2), 'short')]);
    const delivered = (await collect(log(), 1_001)).map((record) => text(record.value));
    expect(delivered.indexOf('short')).toBeLessThanOrEqual(3 * limits.sliceRecordsMax);
  });

  it('serves several consumers independently', async () => {
    await log().append(noteRecords(150));
    const [one, two] = await Promise.all([collect(log(), 150), collect(log(), 150)]);
    expect(one.map(plain)).toEqual(two.map(plain));
  });
}

function endCases(log: () => Subject): void {
  it('returns when it is aborted while it waits', async () => {
    const stop = new AbortController();
    const batches = log().subscribe(['notes'], new Map(), stop.signal)[Symbol.asyncIterator]();
    const waiting = batches.next();
    stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('delivers nothing when it was aborted before it began', async () => {
    await log().append(noteRecords(1));
    const batches = log().subscribe(['notes'], new Map(), AbortSignal.abort())[Symbol.asyncIterator]();
    expect((await batches.next()).done).toBe(true);
  });

  it('returns when the log is closed', async () => {
    const batches = log().subscribe(['notes'], new Map(), new AbortController().signal)[Symbol.asyncIterator]();
    const waiting = batches.next();
    await log().close();
    expect((await waiting).done).toBe(true);
  });

  it('closes after the appends that are on their way, and closing twice is closing once', async () => {
    const appends = Array.from({ length: 10 }, () => log().append(noteRecords(2)));
    await Promise.all([log().close(), log().close()]);
    const outcomes = await Promise.allSettled(appends);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(Array.from({ length: 10 }, () => 'fulfilled'));
  });
}

function epochCases(log: () => Subject): void {
  it('tells the epoch of each record, which is of its history, and that of the next one', async () => {
    const positions = await log().append(noteRecords(3));
    const next = { leaderEpoch: log().epochs.epochOf('notes:0', 3n), offset: 3n };
    for (const { leaderEpoch, offset } of [...positions, next]) {
      expect(log().epochs.epochOf('notes:0', offset)).toBe(leaderEpoch);
      expect(isInHistory(log().epochs, 'notes:0', { leaderEpoch, offset })).toBe(true);
    }
  });

  it('knows no position of an epoch that it has not come to', async () => {
    const [position] = await log().append(noteRecords(1));
    const later = { leaderEpoch: (position?.leaderEpoch ?? 0) + 1, offset: 0n };
    expect(isInHistory(log().epochs, 'notes:0', later)).toBe(false);
  });
}

function progressCases(log: () => Subject): void {
  it('tells the end and the start of every partition', async () => {
    await log().append([0, 0, 2].map((partition) => newRecord('orders', keyFor(partition), 'v')));
    const ends = { 'orders:0': 2n, 'orders:1': 0n, 'orders:2': 1n, 'notes:0': 0n };
    expect(Object.fromEntries(await log().ends())).toEqual(ends);
    expect(new Set((await log().starts()).values())).toEqual(new Set([0n]));
    expect((await log().starts()).size).toBe(4);
  });

  it('shows a record to readers no later than append resolves', async () => {
    const [position] = await log().append(noteRecords(1));
    if (position === undefined) throw new Error('append returned no position');
    expect((await log().ends()).get(keyOf(position))).toBe(1n);
    expect((await log().read('notes', 0, [0n]))[0]?.kind).toBe('found');
  });

  it('counts the records it has given out through an offset, of partitions that are asked for', async () => {
    await log().append([...noteRecords(200), newRecord('orders', keyFor(1), 'v')]);
    for (const [offset, count] of [
      [-1n, 0n],
      [0n, 1n],
      [120n, 121n],
      [199n, 200n],
      [4_000n, 200n],
    ] as const) {
      expect([...(await log().recordsThrough(new Map([['notes:0', offset]])))]).toEqual([['notes:0', count]]);
    }
    const all = { 'orders:0': 0n, 'orders:1': 1n, 'orders:2': 0n, 'notes:0': 200n };
    expect(Object.fromEntries(await log().recordsThrough(await log().ends()))).toEqual(all);
  });

  it('remembers commits per partition, the latest one counting', async () => {
    expect((await log().committed()).size).toBe(0);
    await log().commit(new Map([['orders:0', 5n]]));
    await log().commit(new Map([['notes:0', 1n]]));
    await log().commit(new Map([['orders:0', 7n]]));
    expect(Object.fromEntries(await log().committed())).toEqual({ 'orders:0': 7n, 'notes:0': 1n });
  });
}

function readCases(log: () => Subject): void {
  it('reads offsets in the order asked for, twice when asked twice', async () => {
    await log().append(noteRecords(200));
    const readings = await log().read('notes', 0, [150n, 3n, 3n, 199n, 0n]);
    const values = readings.map((reading) => (reading.kind === 'found' ? text(reading.record.value) : reading.why));
    expect(values).toEqual(['n150', 'n3', 'n3', 'n199', 'n0']);
  });

  it('says beyond_end for offsets that are not written yet', async () => {
    await log().append(noteRecords(1));
    const readings = await log().read('notes', 0, [1n, 0n, 99n]);
    expect(readings[0]).toEqual({ kind: 'missing', why: 'beyond_end' });
    expect(readings.map((reading) => reading.kind)).toEqual(['missing', 'found', 'missing']);
  });

  it('scans from an offset up to but not at another, in order', async () => {
    await log().append(noteRecords(500));
    const values: (string | null | undefined)[] = [];
    for await (const records of log().scan('notes', 0, 120n, 430n)) {
      values.push(...records.map((record) => text(record.value)));
    }
    expect(values).toEqual(Array.from({ length: 310 }, (_, i) => `n${i + 120}`));
  });

  it('ends a scan at the last record when it is asked for more', async () => {
    await log().append(noteRecords(2));
    let count = 0;
    for await (const records of log().scan('notes', 0, 0n, 1_000n)) count += records.length;
    expect(count).toBe(2);
  });

  it('refuses a partition it does not have', async () => {
    await expect(log().read('notes', 1, [0n])).rejects.toMatchObject({ code: 'request_invalid' });
  });
}
