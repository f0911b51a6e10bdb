/**
 * The few file operations the log needs, as a port: tests put disk-full and crash faults between the log and the disk.
 * Paths are absolute or relative to the working directory, sizes and places are bytes.
 */
import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';

export interface OpenFile {
  /** Bytes read into `into`, fewer than fit at the end of the file, 0 past it. */
  read(into: Buffer, place: number): Promise<number>;
  /** Bytes written; fewer than given is legal, as it is for write(2). */
  write(bytes: Buffer, place: number): Promise<number>;
  /** Data, and what is needed to find it again (its size), are on the disk when this resolves. */
  dataSync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * `create` fails with EEXIST on an existing file; `replace` empties it; `modify`, `extend` and `read` need it to exist. Files that grow
 * write by write are opened with `create` and `modify` when each is to be synced, with `extend` when many are synced at once.
 */
export type OpenMode = 'read' | 'modify' | 'extend' | 'create' | 'replace';

export interface FileSystemPort {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Atomic, replaces the target. */
  rename(from: string, to: string): Promise<void>;
  /** Atomic, fails with EEXIST when the target exists. */
  link(from: string, to: string): Promise<void>;
  /** Removing what is not there is no error. */
  remove(path: string): Promise<void>;
  /** Names in a folder, in no order; empty for a folder that does not exist. */
  list(folder: string): Promise<readonly string[]>;
  makeFolder(path: string): Promise<void>;
  /** Makes created, renamed and removed names of this folder durable. */
  syncFolder(path: string): Promise<void>;
}

const { O_CREAT, O_DSYNC, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC } = constants;

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  modify: O_RDWR,
  extend: O_RDWR,
  create: O_RDWR | O_CREAT | O_EXCL,
  replace: O_RDWR | O_CREAT | O_TRUNC,
};

/**
 * On Linux a write(2) under O_DSYNC returns when its data, and the size needed to find it, are on the disk, as if fdatasync(2) had
 * followed (open(2)): one trip to the thread pool where a write and a sync are two. Other systems promise less by that name than what
 * Node's datasync does there.
 */
const SYNCED_WRITES: Readonly<Record<OpenMode, number>> = {
  read: 0,
  modify: process.platform === 'linux' ? O_DSYNC : 0,
  extend: 0,
  create: process.platform === 'linux' ? O_DSYNC : 0,
  replace: 0,
};

function openedFile(handle: FileHandle, writesAreSynced: boolean): OpenFile {
  // What was in the file before, and its size after a truncation, may be in the operating system's cache alone.
  let isSyncDue = true;
  return {
    read: async (into, place) => (await handle.read(into, 0, into.length, place)).bytesRead,
    write: async (bytes, place) => (await handle.write(bytes, 0, bytes.length, place)).bytesWritten,
    async dataSync() {
      if (!isSyncDue) return;
      await handle.datasync();
      isSyncDue = !writesAreSynced;
    },
    async truncate(size) {
      isSyncDue = true;
      await handle.truncate(size);
    },
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

/** `syncFlags`: what makes each write wait for the disk, 0 for nothing. */
export async function openWith(path: string, mode: OpenMode, syncFlags: number): Promise<OpenFile> {
  return openedFile(await open(path, FLAGS[mode] | syncFlags), syncFlags !== 0);
}

export const nodeFiles: FileSystemPort = {
  open: (path, mode) => openWith(path, mode, SYNCED_WRITES[mode]),
  rename,
  link,
  remove: (path) => rm(path, { force: true }),
  async list(folder) {
    try {
      return await readdir(folder);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  },
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  async syncFolder(path) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** `ENOENT`, `ENOSPC` and the like; undefined for an error that is not the operating system's. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
