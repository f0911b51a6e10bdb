import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isInHistory } from '../../src/domain/epochs.js';
import { partitionKey } from '../../src/domain/position.js';
import type { FileLog } from './log.js';
import {
  cleanUp,
  copyAfterCrash,
  editFile,
  folderWith,
  lastSegment,
  newFolder,
  note,
  openLog,
  unsyncedFiles,
} from './test-kit.js';

afterEach(cleanUp);

const key = partitionKey('notes', 0);

async function add(log: FileLog, value = 'v'): Promise<{ readonly leaderEpoch: number; readonly offset: bigint }> {
  const [position] = await log.append([note(value)]);
  if (position === undefined) throw new Error('append returned no position');
  return position;
}

function epochsJson(folder: string): string {
  return join(folder, 'epochs.json');
}

describe('the leader epoch of a folder', () => {
  it('stays when the log was closed in order, over any number of restarts', async () => {
    const folder = await folderWith(['a', 'b']);
    for (const offset of [2n, 3n, 4n]) {
      const { log } = await openLog(folder);
      expect(await add(log)).toMatchObject({ leaderEpoch: 0, offset });
      await log.close();
    }
  });

  it('rises when the process had died, and records from before keep theirs', async () => {
    const { log: next } = await openLog(await copyAfterCrash(await openedFolder()));
    expect(await add(next)).toMatchObject({ leaderEpoch: 1, offset: 1n });
    expect([0n, 1n, 2n].map((offset) => next.epochs.epochOf(key, offset))).toEqual([0, 1, 1]);
  });

  it('rises when the end was lost after the log had been closed in order', async () => {
    const folder = await folderWith(['a', 'b', 'c']);
    await editFile(await lastSegment(folder), (bytes) => bytes.subarray(0, -1));
    const { log } = await openLog(folder);
    expect(await add(log)).toMatchObject({ leaderEpoch: 1, offset: 2n });
    expect(isInHistory(log.epochs, key, { leaderEpoch: 0, offset: 1n })).toBe(true);
    expect(isInHistory(log.epochs, key, { leaderEpoch: 0, offset: 2n })).toBe(false);
  });

  it('is durable before anything is written under it: two deaths in a row raise it twice', async () => {
    const folder = await folderWith(['a']);
    const { log } = await openLog(folder);
    const once = await copyAfterCrash(folder);
    await log.close();
    const { log: second } = await openLog(once);
    const { log: third } = await openLog(await copyAfterCrash(once));
    expect([(await add(second)).leaderEpoch, (await add(third)).leaderEpoch]).toEqual([1, 2]);
  });

  it('begins in a topic that is added later as in the others', async () => {
    const folder = await copyAfterCrash(await openedFolder());
    const topics = [
      { name: 'notes', partitions: 1 },
      { name: 'more', partitions: 1 },
    ];
    const { log } = await openLog(folder, { topics });
    const [position] = await log.append([{ ...note('v'), topic: 'more' }]);
    expect([position?.leaderEpoch, log.epochs.endOf(partitionKey('more', 0), 1)]).toEqual([1, undefined]);
  });
});

describe('what the folder says of its epochs', () => {
  it('is refused when it is not as it was written', async () => {
    const folder = await folderWith(['a']);
    await editFile(epochsJson(folder), (bytes) => Buffer.from(bytes.toString().replace('[0,"0"]', '[7,"0"]')));
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'log_damaged', facts: { file: epochsJson(folder) } });
  });

  it('is made again from the records where it is missing, and a new epoch begins', async () => {
    const folder = await deathsAndWrites(3);
    const before = JSON.parse(await readFile(epochsJson(folder), 'utf8')).epochs;
    await rm(epochsJson(folder));
    const { log } = await openLog(folder);
    await log.close();
    const after = JSON.parse(await readFile(epochsJson(folder), 'utf8')).epochs;
    expect(after['notes:0']).toEqual([...before['notes:0'], [4, '8']]);
  });

  it('is missing from a folder of an older version, whose records are of epoch 0', async () => {
    const folder = await folderWith(['a', 'b']);
    await rm(epochsJson(folder));
    const { log } = await openLog(folder);
    expect(await add(log)).toMatchObject({ leaderEpoch: 1, offset: 2n });
  });
});

/** Two records under each epoch from 0, the last of them closed in order. */
async function deathsAndWrites(deaths: number): Promise<string> {
  let folder = await newFolder();
  for (let death = 0; death <= deaths; death++) {
    const { log } = await openLog(folder);
    for (let i = 0; i < 2; i++) await add(log);
    if (death === deaths) await log.close();
    else folder = await copyAfterCrash(folder);
  }
  return folder;
}

interface Stage {
  readonly writes: number;
  readonly cutBytes: number;
  readonly dies: boolean;
}

/** What was acknowledged, in order, by a log that died and lost its end over and over; and the folder it was left in. */
async function livesOf(stages: readonly Stage[]) {
  let folder = await newFolder();
  const seen: { readonly value: string; readonly leaderEpoch: number; readonly offset: bigint }[] = [];
  for (const { writes, cutBytes, dies } of stages) {
    const { log } = await openLog(folder, { files: unsyncedFiles });
    for (let i = 0; i < writes; i++) seen.push({ ...(await add(log, `v${seen.length}`)), value: `v${seen.length}` });
    if (dies) folder = await copyAfterCrash(folder);
    await log.close();
    const cut = (bytes: Buffer) => bytes.subarray(0, Math.max(bytes.readUInt16LE(10), bytes.length - cutBytes));
    await editFile(await lastSegment(folder), cut);
  }
  return { folder, seen };
}

it('a position is in the history exactly while its own record is there, after any cuts, deaths and appends', async () => {
  const stage = fc.record({ writes: fc.nat({ max: 4 }), cutBytes: fc.nat({ max: 400 }), dies: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(stage, { maxLength: 5 }), async (stages) => {
      const { folder, seen } = await livesOf(stages);
      const { log } = await openLog(folder, { files: unsyncedFiles });
      const offsets = seen.map(({ offset }) => offset);
      const readings = await log.read('notes', 0, offsets);
      const values = readings.map((one) => one.kind === 'found' && Buffer.from(one.record.value ?? []).toString());
      const isThere = seen.map(({ value }, i) => values[i] === value);
      expect(seen.map((one) => isInHistory(log.epochs, key, one))).toEqual(isThere);
      await log.close();
    }),
    { numRuns: 20 },
  );
}, 30_000);

async function openedFolder(): Promise<string> {
  const folder = await folderWith(['a']);
  await openLog(folder);
  return folder;
}
