/** Row 56 of the fault matrix: the disk of the journal is full, or has lost part of a segment that nobody writes to any more. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyFiles, faultyFiles } from '../../../connectors/file/faulty-files.js';
import { JournaledLog } from '../../../connectors/file/journaled-log.js';
import { KafkaRemote } from '../../../connectors/kafka/remote.js';
import { kafkaChoiceOf } from '../../../src/config/choices.js';
import { readConfig } from '../../../src/config.js';
import { systemClock } from '../../../src/domain/clock.js';
import { ticket } from '../../../src/fixtures.test-support.js';
import { ownTopics, partitionedAs } from '../../../src/log/topics.js';
import { enginesOn, retainedTopics } from '../../../src/main/engines.js';
import { kafkaSettings } from '../../../src/main/kafka.js';
import { noticeOfJournal } from '../../../src/main/notices.js';
import { catchUp } from '../../../src/materializer/catch-up.js';
import { openService } from '../../../src/pipeline.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { type LiveService, type LiveServicePlan, serviceSettings } from '../service.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { FaultedService, idsOf } from './faulted-service.test-support.js';

/** A few records each. */
const SEGMENT_BYTES_MAX = 1_500;

/** The service as `main.ts` puts it together, but for the files under its journal. */
async function openOn(files: FaultyFiles, plan: LiveServicePlan): Promise<LiveService> {
  const config = readConfig(serviceSettings(plan));
  const choice = kafkaChoiceOf(config);
  if (choice === null) throw new Error('a live service is told a URL of Kafka');
  const notices: string[] = [];
  const log = await JournaledLog.open({
    remote: await KafkaRemote.open(kafkaSettings(choice), () => {}),
    folder: join(plan.folder, 'journal'),
    topics: retainedTopics(config, config.topics),
    ownTopics: ownTopics(config.topics),
    clock: systemClock,
    onReport: (report) => notices.push(noticeOfJournal(report).text),
    files,
    segmentBytesMax: SEGMENT_BYTES_MAX,
  });
  const engines = enginesOn(log, config, partitionedAs(config.topics, log.topics()));
  const service = await openService({ ...engines, accepting: log, isCopy: true });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  const names = [...engines.topics.sources.map(({ name }) => name), engines.topics.rejected];
  return {
    service,
    notices,
    caughtUp: () => catchUp(log, engines.state, names, { signal: stop.signal, onProgress: () => {} }),
    close: async () => {
      stop.abort();
      await running;
      await log.close();
    },
  };
}

describe.skipIf(kafkaUrl() === undefined)(`the disk of the journal (${kafkaMissing()})`, () => {
  const files = faultyFiles();
  let service: FaultedService;
  const ids = idsOf(1, 4, 12);
  const feed = async (some: readonly string[], n: number) => {
    for (const id of some) await service.feed('ticket', id, ticket(id, { n }));
  };

  beforeAll(async () => {
    service = await FaultedService.on(kafkaServers(), {}, (plan) => openOn(files, plan));
    await service.restart();
  });
  afterAll(() => service.close());

  it('full: 0 records are applied that the journal does not hold, and all of them within 5 s once there is space', async () => {
    await feed(ids.slice(0, 6), 1);
    await service.live.caughtUp();
    let refused = 0;
    files.fault = (step, path) => {
      if (step !== 'write' || !path.includes(service.tickets)) return undefined;
      refused += 1;
      return { code: 'ENOSPC' };
    };
    await feed(ids, 2);
    await eventually(() => expect(refused).toBeGreaterThan(2));
    const during = await service.peek(1_000);
    expect(ids.map((id) => during.shown.get(id))).toEqual(ids.map((_, index) => (index < 6 ? 1 : undefined)));
    await eventually(async () => expect((await service.peek(1_000)).label).toBe('stale'));
    expect(await service.journalOf(service.tickets, 1)).toHaveProperty('size', 6);
    expect(service.live.notices.filter((text) => text.startsWith('copying failed'))).toHaveLength(1);
    files.fault = () => undefined;
    const spaceAtMs = performance.now();
    await eventually(async () => expect((await service.peek()).shown.get(ids[11] ?? '')).toBe(2));
    expect(countedMs(spaceAtMs)).toBeLessThan(5_000);
    await service.live.caughtUp();
    expect(await service.counted()).toEqual({ counted: 18, inLog: 18 });
    expect(await service.journalOf(service.tickets, 1)).toEqual(await service.logOf(service.tickets, 1));
  });

  it('damaged: a replay that needs a sealed segment with 40 wrong bytes names it and the fault, and what is new is applied', async () => {
    const resting = await service.ask();
    const folder = join(service.folder, 'journal', 'topics');
    const segments = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.includes(service.tickets) && path.endsWith('.seg'))
      .sort();
    const [oldest = ''] = segments.filter((path) => path.includes('/1/'));
    expect(segments.filter((path) => path.includes('/1/')).length).toBeGreaterThan(2);
    const path = join(folder, oldest);
    const bytes = readFileSync(path);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, -40), Buffer.alloc(40, 0x5a)]));
    const verdict = await service.verdict(resting.id).catch((error: unknown) => error);
    expect(verdict).toMatchObject({ code: 'log_damaged', facts: { file: path, reason: 'wrong checksum' } });
    await feed(['T-new'], 7);
    await service.live.caughtUp();
    const after = await service.peek();
    expect([after.label, after.shown.get('T-new')]).toEqual(['fresh', 7]);
  });
});
