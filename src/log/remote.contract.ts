/** Every sentence of `remote-port.ts` as a case. Each implementation of a log of others runs this suite. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partitionKey } from '../domain/position.js';
import { limits } from '../limits.js';
import { bytes, text } from './contract-kit.js';
import {
  able,
  firstOf,
  followUntil,
  hasRecords,
  numbered,
  offsets,
  pointsOf,
  type RemoteSubject,
  record,
  valueList,
  values,
} from './remote-contract-kit.js';
import { outageCases, transactionCases, troubleCases } from './remote-faults.contract.js';

export type { RemoteManipulations, RemoteSubject, RemoteTransaction } from './remote-contract-kit.js';

type Subject = () => RemoteSubject;

/** `timeoutMs`: of one case. */
export function remoteLogContract(name: string, open: () => Promise<RemoteSubject>, timeoutMs = 5_000): void {
  describe(`${name} keeps the contract of a log of others`, { timeout: timeoutMs }, () => {
    const made: { subject: RemoteSubject | undefined } = { subject: undefined };
    const subject = (): RemoteSubject => {
      if (made.subject === undefined) throw new Error('the log is opened before each case');
      return made.subject;
    };
    beforeEach(async () => {
      made.subject = await open();
    }, timeoutMs);
    afterEach(() => subject().close(), timeoutMs);

    describe('describe', () => describeCases(subject));
    describe('append', () => appendCases(subject));
    describe('marks and epochs', () => markCases(subject));
    describe('follow', () => followCases(subject));
    describe('transactions', () => transactionCases(subject));
    describe('troubles', () => troubleCases(subject));
    describe('an outage', () => outageCases(subject));
    describe('commits and the end', () => endCases(subject));
  });
}

function describeCases(subject: Subject): void {
  it('tells partitions and identity of each topic, and leaves out one that is not there', async () => {
    const [one, two] = [await subject().createTopic(3), await subject().createTopic(1)];
    const told = await subject().remote.describe([two.name, `${one.name}-absent`, one.name]);
    expect(new Map(told.map((topic) => [topic.name, topic]))).toEqual(new Map([one, two].map((t) => [t.name, t])));
    expect(one.incarnationId).not.toBe(two.incarnationId);
    expect(subject().remote.id).not.toBe('');
  });

  it('tells another identity once a topic has been made again', async (context) => {
    const recreate = able(context, subject().can.recreateTopic);
    const topic = await subject().createTopic(1);
    const again = await recreate(topic.name);
    expect(again.incarnationId).not.toBe(topic.incarnationId);
    expect(await subject().remote.describe([topic.name])).toEqual([again]);
  });

  it('tells partitions that were added', async (context) => {
    const addPartitions = able(context, subject().can.addPartitions);
    const topic = await subject().createTopic(2);
    await addPartitions(topic.name, 3);
    expect(await subject().remote.describe([topic.name])).toEqual([{ ...topic, partitions: 5 }]);
  });
}

function appendCases(subject: Subject): void {
  it('resolves to the places, in the order given, each in the partition of its key', async () => {
    const topic = await subject().createTopic(3);
    const places = await subject().remote.append([2, 0, 2, 1].map((partition) => record(topic, 'v', partition)));
    const place = (partition: number, offset: bigint) => ({ topic: topic.name, partition, offset });
    expect(places).toMatchObject([place(2, 0n), place(0, 0n), place(2, 1n), place(1, 0n)]);
  });

  it('gives concurrent appends places of their own, and keeps the order within each', async () => {
    const topic = await subject().createTopic(1);
    const appends = Array.from({ length: 30 }, (_, i) => subject().remote.append(numbered(topic, 3, `${i}-`)));
    const places = await Promise.all(appends);
    const taken = places.map((of) => of.map(({ offset }) => Number(offset)));
    expect(taken.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, i) => i));
    expect(taken.every(([a = 0, b = 0, c = 0]) => a < b && b < c)).toBe(true);
    const followed = await followUntil(subject().remote, pointsOf(topic), hasRecords(90));
    expect(values(followed)[taken[7]?.[1] ?? -1]).toBe('7-1');
  });

  it('keeps key, headers and value as they were given, null apart from empty', async () => {
    const topic = await subject().createTopic(1);
    const odd = Uint8Array.from({ length: 256 }, (_, i) => i);
    const headers = [['b', bytes('1')] as const, ['a', odd] as const, ['b', bytes('')] as const];
    const given = [
      { key: odd, headers, value: null },
      { key: bytes(''), headers: [], value: bytes('') },
    ];
    await subject().remote.append(given.map((parts) => ({ topic: topic.name, ...parts })));
    const { records } = await followUntil(subject().remote, pointsOf(topic), hasRecords(2));
    const plain = (parts: (typeof given)[number] | (typeof records)[number]) => ({
      key: parts.key && [...parts.key],
      headers: parts.headers.map(([name, value]) => [name, [...value]]),
      value: parts.value && [...parts.value],
    });
    expect(records.map(plain)).toEqual(given.map(plain));
  });

  it('does not see what the caller does to its buffers after it resolved', async () => {
    const topic = await subject().createTopic(1);
    const value = bytes('before');
    await subject().remote.append([{ topic: topic.name, key: null, headers: [], value }]);
    value.fill(0);
    expect(values(await followUntil(subject().remote, pointsOf(topic), hasRecords(1)))).toEqual(['before']);
  });

  it('rejects for a topic that is not there', async () => {
    const topic = await subject().createTopic(1);
    const absent = { ...topic, name: `${topic.name}-absent` };
    await expect(subject().remote.append(numbered(absent, 1))).rejects.toMatchObject({ name: 'TidemarkError' });
  });
}

function markCases(subject: Subject): void {
  it('tells start and ends of every partition, none left out', async () => {
    const topic = await subject().createTopic(3);
    await subject().remote.append([0, 0, 2].map((partition) => record(topic, 'v', partition)));
    const marks = await subject().remote.marks([topic]);
    const at = (end: bigint) => ({ start: 0n, readableEnd: end, end });
    expect([0, 1, 2].map((partition) => marks.get(partitionKey(topic.name, partition)))).toMatchObject([
      at(2n),
      at(0n),
      at(1n),
    ]);
  });

  it('rejects rather than guess when one of the topics is not there', async () => {
    const topic = await subject().createTopic(1);
    const absent = { ...topic, name: `${topic.name}-absent` };
    await expect(subject().remote.marks([topic, absent])).rejects.toThrow();
  });

  it('moves the start where records were removed', async (context) => {
    const deleteBefore = able(context, subject().can.deleteBefore);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 5));
    await deleteBefore(firstOf(topic), 3n);
    const marks = await subject().remote.marks([topic]);
    expect(marks.get(firstOf(topic))).toMatchObject({ start: 3n, readableEnd: 5n, end: 5n });
  });

  it('tells the end of the epoch that goes on: that of the partition', async () => {
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 4));
    const { records } = await followUntil(subject().remote, pointsOf(topic), hasRecords(4));
    const leaderEpoch = records[3]?.leaderEpoch ?? -1;
    const { name, incarnationId } = topic;
    const end = await subject().remote.epochEnd({ topic: name, incarnationId, partition: 0 }, leaderEpoch);
    expect(end).toEqual({ leaderEpoch, end: 4n });
  });

  it('tells the end of an epoch that is over: where the next one began', async (context) => {
    const elect = able(context, subject().can.elect);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 2));
    await elect(firstOf(topic));
    await subject().remote.append(numbered(topic, 3));
    const { records } = await followUntil(subject().remote, pointsOf(topic), hasRecords(5));
    const [first, last] = [records[0]?.leaderEpoch ?? -1, records[4]?.leaderEpoch ?? -1];
    const at = { topic: topic.name, incarnationId: topic.incarnationId, partition: 0 };
    expect(last).toBeGreaterThan(first);
    expect(await subject().remote.epochEnd(at, first)).toEqual({ leaderEpoch: first, end: 2n });
    expect(await subject().remote.epochEnd(at, last)).toEqual({ leaderEpoch: last, end: 5n });
  });
}

function followCases(subject: Subject): void {
  it('delivers every record of every partition, each partition in its order', async () => {
    const topic = await subject().createTopic(3);
    const given = Array.from({ length: 300 }, (_, i) => record(topic, String(i), i % 3));
    await subject().remote.append(given);
    const { records } = await followUntil(subject().remote, pointsOf(topic), hasRecords(300));
    for (const partition of [0, 1, 2]) {
      const seen = records.filter((one) => one.partition === partition).map(({ value }) => Number(text(value)));
      expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => 3 * i + partition));
    }
  });

  it('begins at the point, inclusive, and says where reading goes on', async () => {
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 5));
    const followed = await followUntil(subject().remote, pointsOf(topic, 3n), hasRecords(2));
    expect(offsets(followed)).toEqual([3n, 4n]);
    expect(followed.next.get(firstOf(topic))).toBe(5n);
  });

  it('waits for new records and delivers them', async () => {
    const topic = await subject().createTopic(1);
    const following = followUntil(subject().remote, pointsOf(topic), hasRecords(3));
    for (const one of numbered(topic, 3)) await subject().remote.append([one]);
    expect(values(await following)).toEqual(valueList(3));
  });

  it('delivers in slices of at most copiedRecordsMax', async () => {
    const topic = await subject().createTopic(1);
    const many = 2 * limits.copiedRecordsMax + 1;
    await subject().remote.append(numbered(topic, many));
    const followed = await followUntil(subject().remote, pointsOf(topic), hasRecords(many));
    expect(followed.sliceMax).toBeLessThanOrEqual(limits.copiedRecordsMax);
    expect(values(followed)).toEqual(valueList(many));
  });

  it('goes on from a point with the epoch last read, also under a new leader', async (context) => {
    const elect = able(context, subject().can.elect);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 2));
    const first = await followUntil(subject().remote, pointsOf(topic), hasRecords(2));
    await elect(firstOf(topic));
    await subject().remote.append(numbered(topic, 1, 'late'));
    const from = pointsOf(topic, 2n, first.records[1]?.leaderEpoch ?? null);
    expect(values(await followUntil(subject().remote, from, hasRecords(1)))).toEqual(['late0']);
  });

  it('returns when it is aborted while it waits, and delivers nothing when it was aborted before', async () => {
    const topic = await subject().createTopic(1);
    const stop = new AbortController();
    const waiting = subject().remote.follow(pointsOf(topic), stop.signal)[Symbol.asyncIterator]().next();
    stop.abort();
    expect((await waiting).done).toBe(true);
    await subject().remote.append(numbered(topic, 1));
    const none = subject().remote.follow(pointsOf(topic), AbortSignal.abort())[Symbol.asyncIterator]();
    expect((await none.next()).done).toBe(true);
  });
}

function endCases(subject: Subject): void {
  it('remembers commits per partition, the latest one counting', async () => {
    const topic = await subject().createTopic(2);
    const { remote } = subject();
    expect((await remote.committed([topic])).size).toBe(0);
    await remote.commit(new Map([[firstOf(topic), 5n]]));
    await remote.commit(new Map([[partitionKey(topic.name, 1), 1n]]));
    await remote.commit(new Map([[firstOf(topic), 7n]]));
    const expected = { [firstOf(topic)]: 7n, [partitionKey(topic.name, 1)]: 1n };
    expect(Object.fromEntries(await remote.committed([topic]))).toEqual(expected);
  });

  it('ends a reading when it closes, closes twice as once, and takes nothing after', async () => {
    const topic = await subject().createTopic(1);
    const { remote } = subject();
    const waiting = remote.follow(pointsOf(topic), new AbortController().signal)[Symbol.asyncIterator]().next();
    await Promise.all([remote.close(), remote.close()]);
    expect((await waiting).done).toBe(true);
    await expect(remote.append(numbered(topic, 1))).rejects.toMatchObject({ code: 'stopping' });
  });
}
