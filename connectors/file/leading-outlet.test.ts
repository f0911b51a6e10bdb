import { afterEach, describe, expect, it, vi } from 'vitest';
import { TidemarkError } from '../../src/errors.js';
import { MemoryArchive } from '../memory/archive.js';
import type { FileJournal } from './journal.js';
import { LeadingOutlet } from './leading-outlet.js';
import type { ShippingReport } from './shipping.js';
import { batch, newOwner, type Owner, offsetsIn, openJournal, range, restore } from './shipping.test-support.js';
import { cleanUp, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

/** One instance of several: its own copy of the log, and the archive of all. */
async function instance(owner: Owner, leading: boolean) {
  const listeners = new Set<() => void>();
  const state = { leading };
  const reports: ShippingReport['kind'][] = [];
  const archive = new MemoryArchive(owner.store);
  const outlet = new LeadingOutlet({
    archive,
    id: 'cluster-1',
    files: unsyncedFiles,
    onReport: ({ kind }) => reports.push(kind),
    leadership: {
      leads: () => state.leading,
      watch: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  });
  const journal = await openJournal(owner, (segment) => outlet.add(segment));
  const begin = () => outlet.begin(journal.sealed());
  const lead = (leads: boolean) => {
    state.leading = leads;
    for (const listener of listeners) listener();
  };
  const close = async () => {
    await outlet.end();
    await journal.close();
  };
  return { outlet, journal, archive, reports, begin, lead, close };
}

async function copy(journal: FileJournal, from: number, to: number, step: number): Promise<void> {
  for (let at = from; at < to; at += step) await journal.append(batch(range(at, Math.min(at + step, to))));
  await journal.sync();
}

const shippedAll = ({ outlet }: Awaited<ReturnType<typeof instance>>) =>
  vi.waitFor(() => expect(outlet.progress()).toMatchObject({ state: 'shipping', segmentsWaiting: 0 }), { interval: 2 });

/** What a new machine has of the archive. */
async function restored(store: Owner['store']): Promise<bigint[]> {
  const fresh = await newOwner(store);
  await restore(fresh);
  return offsetsIn(fresh);
}

describe('an archive that several instances fill', () => {
  it('is filled by the one that leads, and from its own copy by the next, whose segments end elsewhere', async () => {
    const first = await newOwner();
    const one = await instance(first, true);
    const two = await instance(await newOwner(first.store), false);
    await copy(one.journal, 0, 40, 2);
    await copy(two.journal, 0, 60, 3);
    one.begin();
    two.begin();
    await shippedAll(one);
    const before = await restored(first.store);
    expect(two.outlet.progress()).toEqual({ state: 'following', segmentsWaiting: 0 });
    expect(two.reports).toEqual([]);
    await one.close();
    two.lead(true);
    await shippedAll(two);
    const after = await restored(first.store);
    expect(after).toEqual(range(0, after.length));
    expect(after.length).toBeGreaterThan(before.length + 10);
    await two.close();
  });

  it('takes nothing more of one that led before and does not know it yet, and again when it leads again', async () => {
    const first = await newOwner();
    const one = await instance(first, true);
    const two = await instance(await newOwner(first.store), true);
    await copy(one.journal, 0, 30, 2);
    await copy(two.journal, 0, 30, 3);
    one.begin();
    await shippedAll(one);
    two.begin();
    await shippedAll(two);
    await copy(one.journal, 30, 60, 2);
    await vi.waitFor(() => expect(one.reports).toContain('taken_over'), { interval: 2 });
    one.lead(false);
    one.lead(true);
    await shippedAll(one);
    expect(await restored(first.store)).toEqual(range(0, Number(one.journal.sealed().at(-1)?.end)));
    await one.close();
    await two.close();
  });

  it('is claimed by the next in vain while it cannot be reached, told once, and no stop waits for it', async () => {
    const owner = await newOwner();
    const one = await instance(owner, true);
    const silent = new TidemarkError({ code: 'unreachable', message: 'no', advice: 'no', retriable: true });
    const claim = vi.spyOn(one.archive, 'claim').mockRejectedValue(silent);
    await copy(one.journal, 0, 30, 2);
    one.begin();
    await vi.waitFor(() => expect(one.reports).toEqual(['unreachable']), { interval: 2 });
    await one.close();
    expect(claim).toHaveBeenCalledTimes(1);
  });
});
