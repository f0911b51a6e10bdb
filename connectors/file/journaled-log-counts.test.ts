/** Records that a log of others gave out, where offsets do not tell how many. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FileJournal } from './journal.js';
import { Scene } from './journaled-log-kit.js';
import { cleanUp, note, noteValues } from './test-kit.js';

afterEach(async () => {
  vi.restoreAllMocks();
  await cleanUp();
});

type Log = Awaited<ReturnType<Scene['open']>>;

async function throughEnd(log: Log): Promise<bigint | undefined> {
  return (await log.recordsThrough(await log.ends())).get('notes:0');
}

describe('the records through an offset', () => {
  it('are those that can be seen: neither markers nor what was aborted, removed or compacted', async () => {
    const scene = new Scene();
    const aborted = scene.cluster.begin();
    aborted.append([note('never'), note('never')]);
    aborted.abort();
    const transaction = scene.cluster.begin();
    transaction.append([note('a')]);
    transaction.commit();
    const log = await scene.open();
    scene.write('b', 'c');
    await vi.waitFor(async () => expect(await noteValues(log)).toEqual(['a', 'b', 'c']), { interval: 2 });
    expect((await log.ends()).get('notes:0')).toBe(7n);
    expect(await throughEnd(log)).toBe(3n);
    expect((await log.recordsThrough(new Map([['notes:0', 5n]]))).get('notes:0')).toBe(2n);
  });

  it('are all that the log told of, also one that was lost on its way into the journal', async () => {
    const scene = new Scene();
    const log = await scene.open();
    await log.append([note('a')]);
    const append = vi.spyOn(FileJournal.prototype, 'append');
    append.mockImplementationOnce(function (this: FileJournal, batch) {
      return FileJournal.prototype.append.call(this, { ...batch, records: batch.records.slice(1) });
    });
    scene.write('lost');
    await log.append([note('b')]);
    expect(await noteValues(log)).toEqual(['a', 'b']);
    expect(await throughEnd(log)).toBe(3n);
  });

  it('begin with the first that was copied', async () => {
    const scene = new Scene();
    scene.write('a', 'b', 'c');
    scene.cluster.change('notes:0', (of) => of.deleteBefore(2n));
    const log = await scene.open({ ownTopics: ['notes'] });
    expect(await throughEnd(log)).toBe(1n);
  });
});
