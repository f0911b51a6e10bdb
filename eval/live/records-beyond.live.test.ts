/** Records that only a broker can hold: batches of a hundred thousand, headers without text or value, and a bomb past what is unpacked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionKey } from '../../src/domain/position.js';
import { keyOf } from '../../src/fixtures.test-support.js';
import { limits } from '../../src/limits.js';
import { type TopicMap, topicAbout } from '../../src/log/topics.js';
import { raw, state } from '../faults/kafka-records.js';
import { lettersFrom } from '../faults/kafka-records-check.js';
import { size } from '../prove/settings.js';
import { ExactProducer, type ExactRecord } from './clients/exact.js';
import { eventually } from './eventually.test-support.js';
import { type LiveService, openLiveService } from './service.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from './settings.js';
import { LiveTopics } from './topics.js';

describe.skipIf(kafkaUrl() === undefined)(`a broker's own kinds of records (${kafkaMissing()})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-records-'));
  let topics: LiveTopics;
  let map: TopicMap;
  let live: LiveService;
  let producer: ExactProducer;
  let topic: string;

  beforeAll(async () => {
    topics = await LiveTopics.open(kafkaServers());
    map = await topics.createMap({ settings: { 'max.message.bytes': '73400320' } });
    topic = topicAbout(map, 'account').name;
    producer = ExactProducer.open(kafkaServers(), `${topics.prefix}-exact`);
    live = await openLiveService({ url: kafkaUrl() ?? '', topics: map, folder });
  });
  afterAll(async () => {
    await live.close();
    await producer.close();
    rmSync(folder, { recursive: true, force: true });
    await topics.close();
  });

  const statusOf = async (id: string) => (await live.service.engines.state.entities([keyOf('account', id)]))[0]?.status;
  const on = (partition: number, record: Omit<ExactRecord, 'topic' | 'partition'>): ExactRecord => ({
    key: record.key,
    value: record.value,
    headers: record.headers,
    topic,
    partition,
  });

  it('one batch of many records: each has its outcome, and a bad one in a thousand its letter', async () => {
    const count = size(10_000, 100_000);
    const isBad = (index: number) => index % 1_000 === 7;
    const records = Array.from({ length: count }, (_, index) =>
      on(
        0,
        isBad(index)
          ? raw('account', 'B-1', '{', 'not_json')
          : state(`B-${index % 10}`, 'applied', { name: `${index}` }),
      ),
    );
    const positions = await producer.send({ records, codec: 'gzip' });
    await live.caughtUp();
    const letters = await lettersFrom(0n, live.service);
    expect([...letters.keys()]).toEqual(positions.filter((_, index) => isBad(index)));
    const counts = (await live.service.engines.state.progress()).get(partitionKey(topic, 0))?.counts;
    const rejected = count / 1_000;
    expect(counts).toEqual({ applied: count - rejected, superseded: 0, duplicate: 0, rejected });
  });

  it('names of headers that are no text, and values that are not there', async () => {
    const headers: ExactRecord['headers'] = [
      [Buffer.of(0xff, 0xfe), Buffer.of(0xff)],
      ['none', null],
      ['none', Buffer.alloc(0)],
    ];
    const records = [state('H-1', 'applied'), raw('account', 'H-2', '{', 'not_json')];
    const [, bad = ''] = await producer.send({ records: records.map((record) => on(1, { ...record, headers })) });
    await live.caughtUp();
    expect(await statusOf('H-1')).toBe('present');
    // Kafka has names as text: what is none is read as the characters that stand for such. No value and an empty one are the same.
    const theirs = (await lettersFrom(0n, live.service)).get(bad)?.[0]?.headers.slice(0, headers.length);
    expect(theirs?.map(([name, value]) => [name, [...value]])).toEqual([
      ['\ufffd\ufffd', [0xff]],
      ['none', []],
      ['none', []],
    ]);
  });

  it('a batch past what is unpacked holds up its partition alone, until an operator has removed it', async () => {
    const bomb = on(2, {
      ...raw('account', 'Z-1', null, 'too_large'),
      value: Buffer.alloc(limits.remoteBatchBytesMax + 1),
    });
    const [at = ''] = await producer.send({ records: [bomb], codec: 'gzip' });
    await producer.send({ records: [on(2, state('Z-behind', 'applied')), on(3, state('Z-beside', 'applied'))] });
    await eventually(() => expect(live.notices.join()).toContain(`${topic}:2 cannot be read`));
    await eventually(async () => expect(await statusOf('Z-beside')).toBe('present'));
    expect(await statusOf('Z-behind')).toBe(undefined);
    await topics.deleteRecords(topic, 2, BigInt(at.split(':')[2] ?? '') + 1n);
    const { log, accepting } = live.service.engines;
    await eventually(() => expect(log.troubles.get(partitionKey(topic, 2))).toMatchObject({ kind: 'gap' }));
    await accepting?.accept(partitionKey(topic, 2), 'gap');
    await eventually(async () => expect(await statusOf('Z-behind')).toBe('present'));
  });
});
