/** Folders and faults for the tests of the embedded log. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { NewRecord } from '../../src/log/port.js';
import { type FileSystemPort, nodeFiles, openWith } from './files.js';
import { FileLog, type FileLogOptions } from './log.js';
import type { FileLogReport } from './prepare.js';

export const nowMs = 1_760_000_000_000;

const cleanups: (() => Promise<void>)[] = [];

/** For `afterEach`: closes the logs and removes the folders of the test. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** Happens after the test, before what was asked for earlier. */
export function atEnd(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

/** Removed after the test. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-log-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface OpenedLog {
  readonly log: FileLog;
  readonly reports: readonly FileLogReport[];
}

/** A log with the topic `notes` of one partition, unless told otherwise; closed after the test. */
export async function openLog(folder: string, options: Partial<FileLogOptions> = {}): Promise<OpenedLog> {
  const reports: FileLogReport[] = [];
  const log = await FileLog.open({
    folder,
    topics: [{ name: 'notes', partitions: 1 }],
    clock: () => nowMs,
    onReport: (report) => reports.push(report),
    ...options,
  });
  cleanups.push(() => log.close());
  return { log, reports };
}

export function note(value: string): NewRecord {
  return { topic: 'notes', key: Buffer.from('k'), headers: [], value: Buffer.from(value) };
}

/** All values of `notes:0`, in order. */
export async function noteValues(log: Pick<FileLog, 'scan'>): Promise<string[]> {
  const values: string[] = [];
  for await (const records of log.scan('notes', 0, 0n, 1_000_000n)) {
    values.push(...records.map((record) => Buffer.from(record.value ?? []).toString()));
  }
  return values;
}

/** A folder whose `notes:0` holds these values, closed. */
export async function folderWith(values: readonly string[], options: Partial<FileLogOptions> = {}): Promise<string> {
  const folder = await newFolder();
  const { log } = await openLog(folder, options);
  for (const value of values) await log.append([note(value)]);
  await log.close();
  return folder;
}

/** Paths of the segments of `notes:0`, in order. */
export async function segmentPaths(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'notes', '0'));
  return names
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => join(folder, 'notes', '0', name));
}

export async function lastSegment(folder: string): Promise<string> {
  const path = (await segmentPaths(folder)).at(-1);
  if (path === undefined) throw new Error('the partition has no segment');
  return path;
}

/** Rewrites a file in place of what it was. */
export async function editFile(path: string, edit: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(path, edit(await readFile(path)));
}

/** The names in the folder of `notes:0`, in order. */
export async function partitionNames(folder: string): Promise<string[]> {
  return (await readdir(join(folder, 'notes', '0'))).sort();
}

/** Paths of the sidecars of `notes:0`, in order. */
export async function sidecarPaths(folder: string): Promise<string[]> {
  const names = await partitionNames(folder);
  return names.filter((name) => name.endsWith('.idx')).map((name) => join(folder, 'notes', '0', name));
}

/** What a dead process leaves, in a folder of its own and without the lock: this process, which holds it, is alive. */
export async function copyAfterCrash(folder: string): Promise<string> {
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true, filter: (path) => !/^lock/.test(basename(path)) });
  return copy;
}

/** Syncs nothing: for tests that open a folder a thousand times and in which nobody pulls the plug. */
export const unsyncedFiles: FileSystemPort = {
  ...nodeFiles,
  open: async (path, mode) => ({ ...(await openWith(path, mode, 0)), dataSync: async () => undefined }),
  syncFolder: async () => undefined,
};
