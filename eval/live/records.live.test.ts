/** The table of bad records on a real broker, all of them into the topics of one service; `eval/faults` has it on the embedded log. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isKind, type Kind } from '../../src/domain/kinds/index.js';
import { positionText } from '../../src/domain/position.js';
import { recordKey } from '../../src/domain/record-key.js';
import { keyOf, tenant } from '../../src/fixtures.test-support.js';
import { partitionOf } from '../../src/log/partitioner.js';
import { SOURCE_PARTITIONS, type TopicMap } from '../../src/log/topics.js';
import { event, type RecordCase } from '../faults/kafka-records.js';
import { recordCases } from '../faults/kafka-records-all.js';
import { faultsOf, type Letters, lettersFrom, totalsOf, type WrittenCase } from '../faults/kafka-records-check.js';
import { fullState } from '../faults/records.test-support.js';
import { ExactProducer } from './clients/exact.js';
import { sendCases } from './clients/sendings.js';
import { type LiveService, openLiveService } from './service.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from './settings.js';
import { LiveTopics } from './topics.js';

const titles = recordCases().map(({ what }) => what);

describe.skipIf(kafkaUrl() === undefined)(`a record of another team, in Kafka (${kafkaMissing()})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-records-'));
  let topics: LiveTopics;
  let map: TopicMap;
  let live: LiveService;
  let producer: ExactProducer;
  let written: ReadonlyMap<string, WrittenCase>;
  let letters: Letters;
  let after: readonly WrittenCase[] = [];

  beforeAll(async () => {
    topics = await LiveTopics.open(kafkaServers());
    // What brokers refuse by themselves never comes to us: these take all of it.
    const settings = { 'max.message.bytes': '73400320', 'message.timestamp.after.max.ms': '9223372036854775807' };
    map = await topics.createMap({ settings });
    producer = ExactProducer.open(kafkaServers(), `${topics.prefix}-exact`);
    live = await openLiveService({ url: kafkaUrl() ?? '', topics: map, folder });
    const sent = await sendCases(producer, map, recordCases());
    written = new Map(sent.map((one) => [one.what, one]));
    await live.caughtUp();
    letters = await lettersFrom(0n, live.service);
  });
  afterAll(async () => {
    await live.close();
    await producer.close();
    rmSync(folder, { recursive: true, force: true });
    await topics.close();
  });

  it.each(titles)('%s', async (what) => {
    const one = written.get(what);
    expect(one && (await faultsOf(one, live.service, letters))).toEqual([]);
  });

  it('has one outcome, and no more', async () => {
    expect(await sumsOf(live)).toEqual(totalsOf([...written.values()]));
    expect([...letters.values()].every((of) => of.length === 1)).toBe(true);
  });

  it('stops no partition: what comes after it is applied', async () => {
    const { log, state, topics: opened } = live.service.engines;
    const cases = opened.sources.flatMap(({ about, partitions }) => (isKind(about) ? onEach(about, partitions) : []));
    after = await sendCases(producer, opened, cases);
    await live.caughtUp();
    expect(after).toHaveLength(4 * SOURCE_PARTITIONS);
    for (const { kind, id, positions } of after) {
      const [entity] = await state.entities([keyOf(kind, id)]);
      expect(entity && [positionText(entity.watermark.position)]).toEqual(positions);
    }
    expect([...log.troubles]).toEqual([]);
    const cut = live.notices.filter((text) => text.includes('is larger than a journal holds'));
    const beyond = [...written.values()].flatMap(({ records }) => records.filter((one) => one.isBeyondFrame === true));
    expect(cut).toHaveLength(beyond.length);
    const open = live.notices.filter((text) => text.includes('an open transaction keeps offset'));
    expect(live.notices.filter((text) => !cut.includes(text) && !open.includes(text))).toEqual([]);
  });

  it('has the same outcome, and no second letter, when the service is opened again', async () => {
    await live.close();
    live = await openLiveService({ url: kafkaUrl() ?? '', topics: map, folder });
    await live.caughtUp();
    expect([...(await lettersFrom(0n, live.service)).keys()]).toEqual([...letters.keys()]);
    expect(await sumsOf(live)).toEqual(totalsOf([...written.values(), ...after]));
    const faults = await Promise.all([...written.values()].map((one) => faultsOf(one, live.service, letters)));
    expect(faults.flat()).toEqual([]);
  });
});

/** A good record on each partition of the topic of that kind. */
function onEach(kind: Kind, partitions: number): readonly RecordCase[] {
  return Array.from({ length: partitions }, (_, partition) => {
    let count = 0;
    const id = () => `after-${kind}-${partition}-${count}`;
    while (partitionOf(recordKey(tenant, id()), partitions) !== partition) count += 1;
    return { what: id(), kind, id: id(), leaves: {}, records: [event(kind, id(), fullState(kind, id()), 'applied')] };
  });
}

async function sumsOf({ service }: LiveService) {
  const sums = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  for (const { counts } of (await service.engines.state.progress()).values()) {
    for (const outcome of ['applied', 'superseded', 'duplicate', 'rejected'] as const) sums[outcome] += counts[outcome];
  }
  return sums;
}
