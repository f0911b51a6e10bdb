import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { plain } from '../../src/log/contract-kit.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type { LogRecord, NewRecord } from '../../src/log/port.js';
import { FileLogReader } from './reader.js';
import { cleanUp, newFolder, nowMs, openLog } from './test-kit.js';

const part = fc.uint8Array({ maxLength: 24 });
const header = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 6 }), part);
const records: fc.Arbitrary<NewRecord> = fc.record({
  topic: fc.constant('notes'),
  key: fc.option(part),
  headers: fc.array(header, { maxLength: 3 }),
  value: fc.option(part),
});
const topics = [{ name: 'notes', partitions: 3 }];
const options = { topics, segmentBytesMax: 200_000 };

/** Records of each partition in the order in which they were appended. */
function byPartition(all: readonly NewRecord[]): unknown[][] {
  const of = (record: NewRecord): number => (record.key === null ? 0 : partitionOf(record.key, 3));
  return [0, 1, 2].map((partition) => all.filter((record) => of(record) === partition).map(plain));
}

async function scanned(reader: Pick<FileLogReader, 'scan'>, partition: number): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const slice of reader.scan('notes', partition, 0n, 100_000n)) found.push(...slice);
  return found;
}

afterEach(cleanUp);

describe('ten thousand arbitrary records', () => {
  const sample = fc.sample(records, { numRuns: 10_000, seed: 20_261_121 });

  it('come back exactly, in order, through the log, a reopened log and a reader', async () => {
    const folder = await newFolder();
    const { log } = await openLog(folder, options);
    for (let i = 0; i < sample.length; i += 250) await log.append(sample.slice(i, i + 250));
    const expected = byPartition(sample);
    for (const partition of [0, 1, 2]) {
      expect((await scanned(log, partition)).map(plain)).toEqual(expected[partition]);
    }
    await log.close();
    const reader = await FileLogReader.open(folder);
    for (const partition of [0, 1, 2]) {
      const found = await scanned(reader, partition);
      expect(found.map(plain)).toEqual(expected[partition]);
      expect(found.every((record) => record.timestampMs === nowMs)).toBe(true);
    }
    await reader.close();
  });

  it('are found one by one at their positions, in any order', async () => {
    const { log } = await openLog(await newFolder(), options);
    const positions = await log.append(sample);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(sample.length - 1), { minLength: 1, maxLength: 50 }), async (picks) => {
        const wanted = picks.filter((i) => positions[i]?.partition === 0);
        const offsets = wanted.map((i) => positions[i]?.offset ?? -1n);
        const found = await log.read('notes', 0, offsets);
        const plainFound = found.map((reading) => reading.kind === 'found' && plain(reading.record));
        expect(plainFound).toEqual(wanted.map((i) => plain(sample[i] as NewRecord)));
      }),
    );
    const all = await log.read('notes', 0, (await scanned(log, 0)).map((record) => record.position.offset).reverse());
    expect(all.every((reading) => reading.kind === 'found')).toBe(true);
  });

  it('are delivered to a consumer that follows while they are appended', async () => {
    const { log } = await openLog(await newFolder(), options);
    const stop = new AbortController();
    const delivered: unknown[][] = [[], [], []];
    const following = (async () => {
      let count = 0;
      for await (const batch of log.subscribe(['notes'], new Map(), stop.signal)) {
        delivered[batch.partition]?.push(...batch.records.map(plain));
        count += batch.records.length;
        if (count === sample.length) stop.abort();
      }
    })();
    await Promise.all(Array.from({ length: 100 }, (_, i) => log.append(sample.slice(100 * i, 100 * i + 100))));
    await following;
    expect(delivered).toEqual(byPartition(sample));
  });
});
