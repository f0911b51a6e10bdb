/** Checkpoints as files of one folder: `checkpoint-<number>` and `base-<number>`, a base being another name of its checkpoint's file. */
import { dirname, join } from 'node:path';
import {
  type CheckpointName,
  type CheckpointReading,
  type CheckpointStore,
  type Chunk,
  textOf,
} from '../../src/checkpoint/port.js';
import { readFrames, writeFrames } from './checkpoint-frames.js';
import { type FileSystemPort, nodeFiles, systemCode } from './files.js';

const NAME = /^(checkpoint|base)-([0-9]{12})$/;
const TEMPORARY = 'checkpoint.tmp';

export class FileCheckpoints implements CheckpointStore {
  readonly #folder: string;
  readonly #files: FileSystemPort;

  /** Only whoever holds the lock of the log writes here. The folder is made when the first checkpoint is. */
  constructor(folder: string, files: FileSystemPort = nodeFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  async list(): Promise<readonly CheckpointName[]> {
    const names = (await this.#files.list(this.#folder)).flatMap((name) => nameIn(name) ?? []);
    return names.sort((a, b) => b.number - a.number || (a.role === 'checkpoint' ? -1 : 1));
  }

  async read(name: CheckpointName): Promise<CheckpointReading> {
    let file: Awaited<ReturnType<FileSystemPort['open']>>;
    try {
      file = await this.#files.open(this.#pathOf(name), 'read');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return { kind: 'damaged', why: 'it is not there' };
      throw error;
    }
    try {
      return await readFrames(file);
    } finally {
      await file.close();
    }
  }

  async write(chunks: Iterable<Chunk>, signal: AbortSignal): Promise<CheckpointName> {
    await this.#files.makeFolder(this.#folder);
    await this.#files.syncFolder(dirname(this.#folder));
    const [newest] = await this.list();
    const name = { role: 'checkpoint', number: (newest?.number ?? 0) + 1 } as const;
    const temporary = join(this.#folder, TEMPORARY);
    try {
      await this.#writeTemporary(temporary, chunks, signal);
      await this.#files.rename(temporary, this.#pathOf(name));
      await this.#files.syncFolder(this.#folder);
      return name;
    } catch (error) {
      // Nobody may rest on a name that a power loss can still take back.
      for (const path of [temporary, this.#pathOf(name)]) await this.#files.remove(path).catch(() => undefined);
      throw error;
    }
  }

  async #writeTemporary(path: string, chunks: Iterable<Chunk>, signal: AbortSignal): Promise<void> {
    const file = await this.#files.open(path, 'replace');
    try {
      await writeFrames(file, chunks, signal);
    } finally {
      await file.close();
    }
  }

  async makeBase(checkpoint: CheckpointName): Promise<CheckpointName> {
    const base = { role: 'base', number: checkpoint.number } as const;
    try {
      await this.#files.link(this.#pathOf(checkpoint), this.#pathOf(base));
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    await this.#files.syncFolder(this.#folder);
    return base;
  }

  async removeBasesBefore(base: CheckpointName): Promise<void> {
    await this.#remove((await this.list()).filter(({ role, number }) => role === 'base' && number < base.number));
  }

  async keepNewest(count: number): Promise<void> {
    const checkpoints = (await this.list()).filter(({ role }) => role === 'checkpoint');
    await this.#remove(checkpoints.slice(count));
  }

  async #remove(names: readonly CheckpointName[]): Promise<void> {
    for (const name of names) await this.#files.remove(this.#pathOf(name));
    if (names.length > 0) await this.#files.syncFolder(this.#folder);
  }

  #pathOf(name: CheckpointName): string {
    return join(this.#folder, fileNameOf(name));
  }
}

/** The name of a checkpoint's file in its folder. */
export function fileNameOf(name: CheckpointName): string {
  const { role, number } = name;
  if (number >= 1e12) throw new Error(`${textOf(name)} has a number too large for a file name`);
  return `${role}-${String(number).padStart(12, '0')}`;
}

function nameIn(text: string): CheckpointName | undefined {
  const match = NAME.exec(text);
  if (match === null) return undefined;
  return { role: match[1] === 'base' ? 'base' : 'checkpoint', number: Number(match[2]) };
}
