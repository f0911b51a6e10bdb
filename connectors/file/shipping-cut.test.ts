/** A log lost records, the loss was accepted, and the offsets were given out again: what the archive has of them is another history. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryArchive } from '../memory/archive.js';
import { cutBack } from './journal-edit.js';
import { CutsFile } from './journaled-log-cuts.js';
import type { ShippingReport } from './shipping.js';
import {
  batch,
  copyAndShip,
  incarnation,
  newOwner,
  type Owner,
  offsetsIn,
  openJournal,
  range,
  recordAtOffset,
  restore,
  ship,
} from './shipping.test-support.js';
import { cleanUp, nowMs, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

/** Forgets the records from `from` on, copies others of the same size in their place up to `to`, and ships as a new owner. */
async function rewrite(owner: Owner, from: bigint, to: bigint, history: string): Promise<readonly ShippingReport[]> {
  await cutBack({ folder: owner.folder, nowMs, files: unsyncedFiles }, 'notes:0', from);
  const journal = await openJournal(owner);
  const offsets = range(Number(from), Number(to));
  for (let at = 0; at < offsets.length; at += 2) await journal.append(batch(offsets.slice(at, at + 2), history));
  await journal.sync();
  const reports = await shipAgain(owner, journal);
  await journal.close();
  return reports;
}

async function shipAgain(owner: Owner, journal: Awaited<ReturnType<typeof openJournal>>) {
  const archive = new MemoryArchive(owner.store);
  return ship(archive, journal, await archive.claim('cluster-1'));
}

/** The end of what has been shipped. */
function endOf(reports: readonly ShippingReport[]): bigint {
  expect(reports.filter(({ kind }) => kind !== 'shipped')).toEqual([]);
  return reports.reduce((end, one) => (one.kind === 'shipped' && one.segment.end > end ? one.segment.end : end), 0n);
}

/** Values of a restored folder, each with the history that it is of. */
async function restored(owner: Owner): Promise<string[]> {
  const fresh = await newOwner(owner.store);
  await restore(fresh);
  const journal = await openJournal(fresh);
  const values: string[] = [];
  for await (const records of journal.scan('notes', 0, 0n, 1_000n))
    values.push(...records.map(({ value }) => String(value && Buffer.from(value))));
  await journal.close();
  return values;
}

const textOf = (offset: bigint, history: string) => String(recordAtOffset(offset, history).value);

describe('shipping after an accepted loss', () => {
  it.each([0n, 10n, 11n])(
    'carries the history that took the place of the lost one, from offset %i on',
    async (from) => {
      const owner = await newOwner();
      await copyAndShip(owner, range(0, 40));
      const end = endOf(await rewrite(owner, from, 40n, 'n'));
      const expected = range(0, Number(end)).map((offset) => textOf(offset, offset < from ? '' : 'n'));
      expect(end).toBeGreaterThan(20n);
      expect(await restored(owner)).toEqual(expected);
    },
  );

  it.each([10n, 11n, 0n])('brings nothing back of what was accepted as lost from offset %i on', async (first) => {
    const owner = await newOwner();
    await copyAndShip(owner, range(0, 40));
    await new CutsFile(unsyncedFiles, owner.folder).add('notes:0', incarnation.id, { leaderEpoch: 1, first });
    await cutBack({ folder: owner.folder, nowMs, files: unsyncedFiles }, 'notes:0', first);
    await restore(owner);
    expect(await offsetsIn(owner)).toEqual(range(0, Number(first)));
  });

  it('stores nothing twice, however often the process starts', async () => {
    const owner = await newOwner();
    await copyAndShip(owner, range(0, 40));
    await rewrite(owner, 0n, 40n, 'n');
    const kept = owner.store.segments.size;
    const journal = await openJournal(owner);
    for (let start = 0; start < 2; start++) endOf(await shipAgain(owner, journal));
    await journal.close();
    expect(owner.store.segments.size).toBe(kept);
  });

  it(
    'makes of any losses an archive that restores the last history, up to where that was shipped',
    { timeout: 60_000 },
    async () => {
      const loss = fc.record({ from: fc.nat(40), more: fc.integer({ min: 0, max: 60 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(loss, { minLength: 1, maxLength: 3 }), async (losses) => {
          const owner = await newOwner();
          await copyAndShip(owner, range(0, 40));
          let histories = range(0, 40).map((offset) => textOf(offset, ''));
          let [cut, end] = [0n, 0n];
          for (const [n, { from, more }] of losses.entries()) {
            const at = Math.min(from, histories.length);
            const fresh = range(at, at + more).map((offset) => textOf(offset, 'n'.repeat(n + 1)));
            histories = [...histories.slice(0, at), ...fresh];
            cut = BigInt(at);
            end = endOf(await rewrite(owner, cut, BigInt(at + more), 'n'.repeat(n + 1)));
          }
          const found = await restored(owner);
          expect(found.slice(0, Number(end))).toEqual(histories.slice(0, Number(end)));
          // Nothing of what was lost stands behind what took its place.
          if (end > cut) expect(found).toHaveLength(Number(end));
        }),
        { numRuns: 40, interruptAfterTimeLimit: 25_000, markInterruptAsFailure: false },
      );
    },
  );
});
