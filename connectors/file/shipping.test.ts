import { afterEach, describe, expect, it, vi } from 'vitest';
import { TidemarkError } from '../../src/errors.js';
import type { JournalArchive } from '../../src/journal/archive-port.js';
import { ArchiveStore, MemoryArchive } from '../memory/archive.js';
import { Shipping, type ShippingReport } from './shipping.js';
import {
  copyAndShip,
  newOwner,
  type Owner,
  offsetsIn,
  openJournal,
  range,
  restore,
  ship,
} from './shipping.test-support.js';
import { cleanUp, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

/** An owner whose journal has sealed segments that nobody shipped: its archive then is a new one. */
async function unshipped(to: number, more: Partial<Owner> = {}): Promise<Owner> {
  const owner = await newOwner(new ArchiveStore(), more);
  await copyAndShip(owner, range(0, to));
  return { ...owner, store: new ArchiveStore() };
}

async function shipAll(owner: Owner): Promise<readonly ShippingReport[]> {
  const archive = new MemoryArchive(owner.store);
  const journal = await openJournal(owner);
  const reports = await ship(archive, journal, await archive.claim('cluster-1'));
  await journal.close();
  return reports;
}

describe('shipping', () => {
  it('puts each sealed segment once, in order, and tells how far it is', async () => {
    const owner = await unshipped(60);
    const reports = await shipAll(owner);
    const ends = reports.map((one) => (one.kind === 'shipped' ? one.segment.end : -1n));
    expect(ends.length).toBeGreaterThan(5);
    expect(ends).toEqual([...ends].sort((a, b) => (a < b ? -1 : 1)));
    const put = vi.spyOn(MemoryArchive.prototype, 'put');
    expect(await shipAll(owner)).toHaveLength(ends.length);
    expect(put).not.toHaveBeenCalled();
    put.mockRestore();
  });

  it('waits while the archive cannot be reached, says so once, and goes on', async () => {
    const owner = await unshipped(30);
    const journal = await openJournal(owner);
    const archive = new MemoryArchive(owner.store);
    const silent = new TidemarkError({ code: 'unreachable', message: 'no', advice: 'no', retriable: true });
    const list = vi.spyOn(archive, 'list').mockRejectedValueOnce(silent).mockRejectedValueOnce(silent);
    const { reports, shipping } = startWith(archive, journal.sealed());
    await vi.waitFor(() => expect(shipping.progress().segmentsWaiting).toBe(0));
    expect(list).toHaveBeenCalledTimes(3);
    expect(reports.map(({ kind }) => kind).slice(0, 3)).toEqual(['unreachable', 'reachable', 'shipped']);
    expect(shipping.shippedThrough('notes:0')).toBe(journal.sealed().at(-1)?.end);
    await shipping.stop();
    await journal.close();
  });

  it('stops for good once a newer owner has claimed the log', async () => {
    const owner = await unshipped(30);
    const archive = new MemoryArchive(owner.store);
    const journal = await openJournal(owner);
    const ours = await archive.claim('cluster-1');
    await archive.claim('cluster-1');
    expect(await ship(archive, journal, ours)).toEqual([{ kind: 'taken_over' }]);
    expect(owner.store.segments.size).toBe(0);
    await journal.close();
  });

  it.each([
    [400, 1_000],
    [1_000, 400],
  ])(
    'stores beside segments that an older owner closed elsewhere what they lack (%i, then %i bytes)',
    async (older, newer) => {
      const first = await unshipped(30, { segmentBytesMax: older });
      await shipAll(first);
      const second = await unshipped(60, { segmentBytesMax: newer });
      const reports = await shipAll({ ...second, store: first.store });
      expect(reports.every(({ kind }) => kind === 'shipped')).toBe(true);
      const fresh = await newOwner(first.store);
      await restore(fresh);
      const shipped = reports.map((one) => (one.kind === 'shipped' ? Number(one.segment.end) : 0));
      expect(await offsetsIn(fresh)).toEqual(range(0, Math.max(...shipped)));
    },
  );
});

function startWith(archive: JournalArchive, sealed: Parameters<typeof Shipping.start>[0]['sealed']) {
  const reports: ShippingReport[] = [];
  const clock = { wallMs: () => 0, monotonicMs: () => 0, sleep: async () => undefined };
  const onReport = (report: ShippingReport) => reports.push(report);
  const options = { archive, id: 'cluster-1', ownerEpoch: 1, sealed, files: unsyncedFiles, clock, onReport };
  return { reports, shipping: Shipping.start(options) };
}
