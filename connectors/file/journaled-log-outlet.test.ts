import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { partitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { keepEverything } from '../../src/log/retention.js';
import { ArchiveStore, MemoryArchive } from '../memory/archive.js';
import { Scene, valueIn } from './journaled-log-kit.js';
import { restoreJournal } from './restore.js';
import type { ShippingReport } from './shipping.js';
import { ShippingOutlet } from './shipping-outlet.js';
import { cleanUp, newFolder, nowMs } from './test-kit.js';

afterEach(cleanUp);

const notes = partitionKey('notes', 0);
/** Each batch fills a segment. */
const segmentBytesMax = 200;

interface Shipped {
  readonly scene: Scene;
  readonly store: ArchiveStore;
  readonly reports: ShippingReport[];
}

/** Takes nothing until it is told to. */
class StubbornArchive extends MemoryArchive {
  isDown = true;

  override async put(...of: Parameters<MemoryArchive['put']>): ReturnType<MemoryArchive['put']> {
    if (!this.isDown) return super.put(...of);
    throw new TidemarkError({ code: 'unreachable', message: 'down', advice: 'wait', retriable: true });
  }
}

/** Claims, and opens a log that ships. */
async function open({ scene, store, reports }: Shipped, archive = new MemoryArchive(store)) {
  const id = scene.cluster.id;
  const ownerEpoch = await archive.claim(id);
  const onReport = (report: ShippingReport) => reports.push(report);
  const outlet = new ShippingOutlet({ archive, id, ownerEpoch, onReport });
  const log = await scene.open({ outlet, segmentBytesMax, ownTopics: ['notes'], rollAfterMs: 60_000 });
  return { log, outlet };
}

const scene = (retention = keepEverything) => ({
  scene: new Scene([{ name: 'notes', partitions: 1, retention }]),
  store: new ArchiveStore(),
  reports: [],
});

describe('a journal that ships', () => {
  it('has everything in the archive after a stop, each segment once, and another machine reads it from there', async () => {
    const shipped = scene();
    for (const value of ['a', 'b', 'c']) {
      shipped.scene.write(value);
      await (await open(shipped)).log.close();
    }
    const archive = new MemoryArchive(shipped.store);
    const listed = await archive.list(shipped.scene.cluster.id);
    expect(listed.map(({ baseOffset }) => baseOffset)).toEqual([0n, 1n, 2n]);
    const folder = join(await newFolder(), 'elsewhere');
    const [topic] = (await open(shipped)).log.topics();
    const of = { folder, id: shipped.scene.cluster.id, topics: topic === undefined ? [] : [topic], archive };
    const ends: bigint[] = [];
    const onReport = (report: { kind: string; end?: bigint }) => {
      if (report.kind === 'restored' && report.end !== undefined) ends.push(report.end);
    };
    await restoreJournal({ ...of, clock: () => nowMs, onReport });
    expect(ends).toEqual([1n, 2n, 3n]);
  });

  it('seals what is older than it may become, without another record', async () => {
    const shipped = scene();
    const { outlet } = await open(shipped);
    shipped.scene.write('a');
    await expect.poll(() => shipped.scene.clock.sleepers).toBeGreaterThan(0);
    await expect
      .poll(() => {
        shipped.scene.clock.advance(10_000);
        return outlet.leftBefore(notes);
      })
      .toBe(1n);
  });

  it('lets nothing expire that is not in the archive', async () => {
    const shipped = scene({ ageMs: null, bytes: 1 });
    const value = 'x'.repeat(150);
    shipped.scene.write(value, value);
    const archive = new StubbornArchive(shipped.store);
    const { log, outlet } = await open(shipped, archive);
    shipped.scene.write(value);
    await expect.poll(() => outlet.progress()?.segmentsWaiting).toBe(1);
    const expire = () => log.expire(new Map([[notes, 2n]]), nowMs);
    expect(await expire()).toEqual([]);
    expect(valueIn((await log.read('notes', 0, [0n]))[0])).toBe(value);
    archive.isDown = false;
    await expect.poll(() => outlet.leftBefore(notes), { timeout: 5_000 }).toBe(2n);
    expect(await expire()).toEqual([{ topic: 'notes', partition: 0, from: 0n, to: 2n }]);
    expect(shipped.reports.map(({ kind }) => kind)).toEqual(['unreachable', 'reachable', 'shipped']);
  });
});
