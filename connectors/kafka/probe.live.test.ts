import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import type { RemoteTopic } from '../../src/log/remote-port.js';
import { Cluster } from './cluster.js';
import { type LiveKafka, liveKafka, textRecord } from './live.test-support.js';
import { epochEndOf, marksOf } from './probe.js';

const url = kafkaUrl();

describe.skipIf(url === undefined)(`the probe (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  beforeAll(async () => {
    live = await liveKafka(url ?? '');
  });
  afterAll(() => live.close());

  async function described(name: string): Promise<RemoteTopic> {
    const [topic] = await live.cluster.describe([name]);
    if (topic === undefined) throw new Error('the topic is not there');
    return topic;
  }

  it("tells an open transaction from the end of the log, which kafkajs' admin does not", async () => {
    const name = await live.newTopic(1);
    const topic = await described(name);
    await live.producer.append([textRecord(name, null, 'before')]);
    const open = live.kafka.producer({ transactionalId: name, maxInFlightRequests: 1, idempotent: true });
    await open.connect();
    const transaction = await open.transaction();
    await transaction.send({ topic: name, messages: [{ value: 'a' }, { value: 'b' }] });

    expect((await live.admin.fetchTopicOffsets(name))[0]?.offset).toBe('1');
    const marks = await marksOf(live.cluster, [topic]);
    expect(marks.get(`${name}:0`)).toMatchObject({ start: 0n, readableEnd: 1n, end: 3n });

    await transaction.abort();
    await open.disconnect();
    await expect
      .poll(async () => (await marksOf(live.cluster, [topic])).get(`${name}:0`))
      .toMatchObject({ start: 0n, readableEnd: 4n, end: 4n });
  });

  it('never takes what comes in while it asks for an open transaction', async () => {
    const name = await live.newTopic(1);
    const topic = await described(name);
    const stop = new AbortController();
    const appending = (async () => {
      while (!stop.signal.aborted) await live.producer.append([textRecord(name, null, 'x')]);
    })();
    const asked = [];
    for (let i = 0; i < 300; i++) asked.push((await marksOf(live.cluster, [topic])).get(`${name}:0`));
    stop.abort();
    await appending;
    expect(new Set(asked.map((marks) => marks?.end)).size, 'ends seen').toBeGreaterThan(30);
    expect(asked.filter((marks) => marks?.readableEnd !== marks?.end)).toEqual([]);
  });

  it('has the marks of every partition of several topics', async () => {
    const names = [await live.newTopic(3), await live.newTopic(5)];
    const topics = await live.cluster.describe(names);
    await live.producer.append([textRecord(names[1] ?? '', null, 'x')]);
    const marks = await marksOf(live.cluster, topics);
    expect(marks.size).toBe(8);
    expect(marks.get(`${names[1]}:0`)?.end).toBe(1n);
  });

  it('begins at the first kept offset after records were deleted', async () => {
    const name = await live.newTopic(1);
    const topic = await described(name);
    await live.producer.append(['a', 'b', 'c'].map((value) => textRecord(name, null, value)));
    // The admin client finds the leader only of topics it has asked about.
    await live.admin.fetchTopicOffsets(name);
    await live.admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '2' }] });
    expect((await marksOf(live.cluster, [topic])).get(`${name}:0`)?.start).toBe(2n);
  });

  it('refuses the marks of a topic that was made again, and learns its new id', async () => {
    const name = await live.newTopic(1);
    const old = await described(name);
    await live.admin.deleteTopics({ topics: [name] });
    await eventually(async () => expect(await live.cluster.describe([name])).toEqual([]));
    await live.admin.createTopics({ waitForLeaders: true, topics: [{ topic: name, numPartitions: 1 }] });
    await eventually(async () => expect(await live.cluster.describe([name])).toHaveLength(1));
    expect((await described(name)).incarnationId).not.toBe(old.incarnationId);
    await expect(marksOf(live.cluster, [old])).rejects.toMatchObject({ code: 'log_failed' });
  });

  it('refuses a topic that was made again since it was asked who leads it, though its leader and the epoch are the same', async () => {
    const name = await live.newTopic(1);
    const old = await described(name);
    const stale = [await Cluster.connect(live.settings), await Cluster.connect(live.settings)] as const;
    for (const cluster of stale) await cluster.describe([name]);
    await live.admin.deleteTopics({ topics: [name] });
    await eventually(async () => expect(await live.cluster.describe([name])).toEqual([]));
    await live.admin.createTopics({ waitForLeaders: true, topics: [{ topic: name, numPartitions: 1 }] });
    await live.producer.append([textRecord(name, null, 'a')]);

    const at = { topic: name, incarnationId: old.incarnationId, partition: 0 };
    await expect(marksOf(stale[0], [old])).rejects.toMatchObject({ code: 'log_failed' });
    await expect(epochEndOf(stale[1], at, 0)).rejects.toMatchObject({ code: 'log_failed' });
    for (const cluster of stale) cluster.close();
  });

  it('ends the epoch that is written to at the end of the log, and knows none below the first', async () => {
    const name = await live.newTopic(1);
    const { incarnationId } = await described(name);
    await live.producer.append([textRecord(name, null, 'a'), textRecord(name, null, 'b')]);
    const at = { topic: name, incarnationId, partition: 0 };
    expect(await epochEndOf(live.cluster, at, 0)).toEqual({ leaderEpoch: 0, end: 2n });
    expect(await epochEndOf(live.cluster, at, 7)).toBeNull();
  });
});
