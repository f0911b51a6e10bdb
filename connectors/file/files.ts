/**
 * The few file operations the log needs, as a port: tests put disk-full and crash faults between the log and the disk.
 * Paths are absolute or relative to the working directory, sizes and places are bytes.
 */
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';

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

/** `create` fails with EEXIST on an existing file; `replace` empties it; `modify` and `read` need it to exist. */
export type OpenMode = 'read' | 'modify' | 'create' | 'replace';

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

const FLAGS: Readonly<Record<OpenMode, string>> = { read: 'r', modify: 'r+', create: 'wx+', replace: 'w+' };

export const nodeFiles: FileSystemPort = {
  async open(path, mode) {
    const handle = await open(path, FLAGS[mode]);
    return {
      read: async (into, place) => (await handle.read(into, 0, into.length, place)).bytesRead,
      write: async (bytes, place) => (await handle.write(bytes, 0, bytes.length, place)).bytesWritten,
      dataSync: () => handle.datasync(),
      truncate: (size) => handle.truncate(size),
      size: async () => (await handle.stat()).size,
      close: () => handle.close(),
    };
  },
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
