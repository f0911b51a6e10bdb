/** The contract of a log of others, where something happens to it: transactions, losses, topics that change, an outage. */
import { expect, it } from 'vitest';
import {
  able,
  type Followed,
  firstOf,
  followUntil,
  hasRecords,
  hasTrouble,
  numbered,
  offsets,
  pointsOf,
  type RemoteSubject,
  valueList,
  values,
} from './remote-contract-kit.js';
import type { RemoteTopic } from './remote-port.js';

type Subject = () => RemoteSubject;

export function transactionCases(subject: Subject): void {
  it('holds back what follows an open transaction, and marks tell how far readers come', async (context) => {
    const begin = able(context, subject().can.begin);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 2));
    const transaction = await begin();
    await transaction.append(numbered(topic, 1, 'held'));
    await subject().remote.append(numbered(topic, 1, 'after'));
    const marks = await subject().remote.marks([topic]);
    expect(marks.get(firstOf(topic))).toMatchObject({ start: 0n, readableEnd: 2n, end: 4n });
    const following = followUntil(subject().remote, pointsOf(topic), hasRecords(4));
    await transaction.commit();
    expect(values(await following)).toEqual(['v0', 'v1', 'held0', 'after0']);
  });

  it('shows nobody what was aborted, and goes on behind it and its marker', async (context) => {
    const begin = able(context, subject().can.begin);
    const topic = await subject().createTopic(1);
    const transaction = await begin();
    await transaction.append(numbered(topic, 2, 'never'));
    await transaction.abort();
    await subject().remote.append(numbered(topic, 1));
    const followed = await followUntil(subject().remote, pointsOf(topic), hasRecords(1));
    expect(values(followed)).toEqual(['v0']);
    expect(offsets(followed)).toEqual([3n]);
  });

  it('goes on behind what was aborted under a new leader, of which no record tells', async (context) => {
    const { begin, elect } = { begin: able(context, subject().can.begin), elect: able(context, subject().can.elect) };
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 1));
    const read = await followUntil(subject().remote, pointsOf(topic), hasRecords(1));
    await elect(firstOf(topic));
    const transaction = await begin();
    await transaction.append(numbered(topic, 2, 'never'));
    await transaction.abort();
    const from = pointsOf(topic, 1n, read.records[0]?.leaderEpoch ?? null);
    let late: Promise<unknown> | undefined;
    const followed = await followUntil(subject().remote, from, (seen) => {
      // Only once the reading stands behind the marker.
      late ??= subject().remote.append(numbered(topic, 1, 'late'));
      return hasRecords(1)(seen) || hasTrouble(seen);
    });
    await late;
    expect(followed.troubles.size).toBe(0);
    expect(values(followed)).toEqual(['late0']);
  });

  it('moves over a marker at the end, with no record to show for it', async (context) => {
    const begin = able(context, subject().can.begin);
    const topic = await subject().createTopic(1);
    const transaction = await begin();
    await transaction.append(numbered(topic, 2));
    await transaction.commit();
    const isPast = ({ next }: Followed): boolean => next.get(firstOf(topic)) === 3n;
    const followed = await followUntil(subject().remote, pointsOf(topic), isPast);
    expect(values(followed)).toEqual(valueList(2));
  });
}

export function troubleCases(subject: Subject): void {
  it('tells a gap where records were removed before they were read, and reads nothing over it', async (context) => {
    const deleteBefore = able(context, subject().can.deleteBefore);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 5));
    await deleteBefore(firstOf(topic), 3n);
    const { records, troubles } = await followUntil(subject().remote, pointsOf(topic, 1n), hasTrouble);
    expect(records).toEqual([]);
    expect(troubles.get(firstOf(topic))).toEqual({ kind: 'gap', from: 1n, to: 3n });
  });

  it('tells what was read and is no longer there, also when its offsets have been given out again', async (context) => {
    const truncate = able(context, subject().can.truncate);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 5));
    const read = await followUntil(subject().remote, pointsOf(topic), hasRecords(5));
    await truncate(firstOf(topic), 2n);
    await subject().remote.append(numbered(topic, 9, 'other'));
    const from = pointsOf(topic, 5n, read.records[4]?.leaderEpoch ?? null);
    const { records, troubles } = await followUntil(subject().remote, from, hasTrouble);
    expect(records).toEqual([]);
    expect(troubles.get(firstOf(topic))).toEqual({ kind: 'truncated', from: 2n });
  });

  it('tells a point beyond the end, and does not wait for the log to come to it', async () => {
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 2));
    const read = await followUntil(subject().remote, pointsOf(topic), hasRecords(2));
    const from = pointsOf(topic, 7n, read.records[1]?.leaderEpoch ?? null);
    const { troubles } = await followUntil(subject().remote, from, hasTrouble);
    expect(troubles.get(firstOf(topic))).toEqual({ kind: 'truncated', from: 2n });
  });

  it('tells a topic that was made again, while it is being followed too', async (context) => {
    const recreate = able(context, subject().can.recreateTopic);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 1));
    let again: Promise<RemoteTopic> | undefined;
    const { troubles } = await followUntil(subject().remote, pointsOf(topic), (followed) => {
      again ??= recreate(topic.name);
      return hasTrouble(followed);
    });
    const is = (await again)?.incarnationId;
    expect(troubles.get(firstOf(topic))).toEqual({ kind: 'recreated', was: topic.incarnationId, is });
  });

  it('tells a topic that is gone, and keeps the others going', async (context) => {
    const deleteTopic = able(context, subject().can.deleteTopic);
    const [gone, kept] = [await subject().createTopic(1), await subject().createTopic(1)];
    await deleteTopic(gone.name);
    await subject().remote.append(numbered(kept, 2));
    const from = [...pointsOf(gone), ...pointsOf(kept)];
    const both = (followed: Followed): boolean => hasTrouble(followed) && hasRecords(2)(followed);
    const { troubles } = await followUntil(subject().remote, from, both);
    expect(troubles).toEqual(new Map([[firstOf(gone), { kind: 'topic_missing' }]]));
  });
}

export function outageCases(subject: Subject): void {
  it('rejects what is asked, and never answers by guess', async (context) => {
    const goAway = able(context, subject().can.goAway);
    const topic = await subject().createTopic(1);
    const comeBack = await goAway();
    const { remote } = subject();
    await expect(remote.describe([topic.name])).rejects.toThrow();
    await expect(remote.marks([topic])).rejects.toThrow();
    await expect(remote.append(numbered(topic, 1))).rejects.toMatchObject({ name: 'TidemarkError' });
    await comeBack();
  });

  it('passes inside a reading, which goes on where it was', async (context) => {
    const goAway = able(context, subject().can.goAway);
    const topic = await subject().createTopic(1);
    await subject().remote.append(numbered(topic, 1));
    let outage: Promise<void> | undefined;
    const passOutage = async (): Promise<void> => {
      await (await goAway())();
      await subject().remote.append(numbered(topic, 1, 'after'));
    };
    const followed = await followUntil(subject().remote, pointsOf(topic), (seen) => {
      outage ??= passOutage();
      return hasRecords(2)(seen);
    });
    await outage;
    expect(values(followed)).toEqual(['v0', 'after0']);
    expect(followed.troubles.size).toBe(0);
  });
}
