/**
 * The lock of a log's folder: one process writes. The file `lock` tells who, and where that server answers, so that a command can
 * go through it. Node has no flock(2); the name of the file is the lock, made by link(2), which fails when it exists.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { TidemarkError } from '../../src/errors.js';
import { readText, replaceText, writeFully } from './file-steps.js';
import { type FileSystemPort, nodeFiles, systemCode } from './files.js';
import { parseJson } from './manifest.js';
import { isAlive, ownProcess } from './process-identity.js';

const lockSchema = z.object({
  /** Names this one taking of the lock. */
  id: z.uuid(),
  pid: z.int().min(1),
  startedTicks: z.string().nullable(),
  host: z.string(),
  /** RFC 3339. */
  startedAt: z.string(),
  /** Base URL of the server that holds the lock, once it listens. */
  url: z.string().optional(),
});

export type LockContent = z.infer<typeof lockSchema>;

function lockPath(folder: string): string {
  return join(folder, 'lock');
}

/** Who holds the folder, dead or alive; undefined when nobody does. Rejects with `log_locked` when the file makes no sense. */
export async function readLock(folder: string, files: FileSystemPort = nodeFiles): Promise<LockContent | undefined> {
  const text = await readText(files, lockPath(folder));
  if (text === undefined) return undefined;
  const parsed = lockSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw locked(
    folder,
    'by a file that cannot be understood',
    `Make sure that no server uses the folder, then ${byHand(folder)}.`,
  );
}

export class FolderLock {
  readonly #files: FileSystemPort;
  readonly #folder: string;
  #content: LockContent;

  private constructor(files: FileSystemPort, folder: string, content: LockContent) {
    this.#files = files;
    this.#folder = folder;
    this.#content = content;
  }

  /** Rejects with `log_locked` while another process holds the folder, or may hold it from another host. */
  static async take(files: FileSystemPort, folder: string, nowMs: number): Promise<FolderLock> {
    const startedAt = new Date(nowMs).toISOString();
    const content = { id: randomUUID(), ...ownProcess(), host: hostname(), startedAt };
    if (!(await createExclusively(files, lockPath(folder), content))) await takeOver(files, folder, content);
    return new FolderLock(files, folder, content);
  }

  /** Writes down where the server answers. */
  async announce(url: string): Promise<void> {
    this.#content = { ...this.#content, url };
    await replaceText(this.#files, lockPath(this.#folder), lockText(this.#content), 'durable');
  }

  async release(): Promise<void> {
    const held = await readLock(this.#folder, this.#files);
    // Removed by hand and taken by another process: then it is not ours to remove.
    if (held?.id === this.#content.id) await this.#files.remove(lockPath(this.#folder));
  }
}

/**
 * Replaces the lock of a dead process. Two processes may find the same dead one: only the one that creates the claim named after
 * that lock may replace it, and only if the lock is still that one.
 */
async function takeOver(files: FileSystemPort, folder: string, content: LockContent): Promise<void> {
  const path = lockPath(folder);
  const stale = await readLock(folder, files);
  if (stale === undefined) throw locked(folder, 'and released at this moment', 'Try again.');
  assertStale(folder, stale);
  const claim = `${path}.${stale.id}`;
  if (!(await createExclusively(files, claim, content))) {
    throw locked(folder, 'by a process that is taking it over', `Try again; if it stays, remove ${claim}.`);
  }
  try {
    if ((await readLock(folder, files))?.id !== stale.id)
      throw locked(folder, 'by a process that was faster', 'Try again.');
    await replaceText(files, path, lockText(content), 'durable');
  } finally {
    await files.remove(claim);
  }
}

function assertStale(folder: string, held: LockContent): void {
  if (held.host !== hostname()) {
    const advice = `Stop the server on ${held.host}. If that host is gone, ${byHand(folder)}.`;
    throw locked(folder, `by process ${held.pid} on the host ${held.host}`, advice, held);
  }
  if (!isAlive(held)) return;
  const where = held.url === undefined ? '' : ` (${held.url})`;
  const advice =
    held.url === undefined
      ? `Stop process ${held.pid}, or use another folder.`
      : `Use the running server at ${held.url}, stop process ${held.pid}, or use another folder.`;
  throw locked(folder, `by process ${held.pid}${where}`, advice, held);
}

/** Atomic: the file appears with its content or not at all. False when it exists already. */
async function createExclusively(files: FileSystemPort, path: string, content: LockContent): Promise<boolean> {
  const temporary = `${path}.${content.id}.tmp`;
  const file = await files.open(temporary, 'replace');
  try {
    await writeFully(file, Buffer.from(lockText(content), 'utf8'), 0);
    await file.dataSync();
  } finally {
    await file.close();
  }
  try {
    await files.link(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await files.remove(temporary);
  }
}

function lockText(content: LockContent): string {
  return `${JSON.stringify(content)}\n`;
}

function byHand(folder: string): string {
  return `remove ${lockPath(folder)} by hand`;
}

function locked(folder: string, how: string, advice: string, held?: LockContent): TidemarkError {
  const holder = held === undefined ? {} : { pid: held.pid, host: held.host };
  const url = held?.url === undefined ? {} : { url: held.url };
  return new TidemarkError({
    code: 'log_locked',
    message: `The log in ${folder} is in use ${how}.`,
    advice,
    retriable: false,
    facts: { folder, ...holder, ...url },
  });
}
