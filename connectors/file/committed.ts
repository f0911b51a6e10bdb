/**
 * `committed.json`: how far consumers say they have come, `{ topic: { partition: offset } }`. A hint: replaced at once but not
 * synced, because nothing resumes from it.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { type PartitionKey, type PositionVector, vectorFromJson, vectorToJson } from '../../src/domain/position.js';
import { readText, replaceText } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import { parseJson } from './manifest.js';

const OFFSET = /^(0|[1-9][0-9]{0,18})$/;
const PARTITION = /^(0|[1-9][0-9]{0,9})$/;
const vectorSchema = z.record(z.string(), z.record(z.string().regex(PARTITION), z.string().regex(OFFSET)));

export class CommittedFile {
  readonly #files: FileSystemPort;
  readonly #path: string;
  readonly #through: Map<PartitionKey, bigint>;
  #writing: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  private constructor(files: FileSystemPort, path: string, through: PositionVector) {
    this.#files = files;
    this.#path = path;
    this.#through = new Map(through);
  }

  /** A file that cannot be understood is `readable: false` and counts as empty: a power loss may leave one. */
  static async open(files: FileSystemPort, folder: string): Promise<{ file: CommittedFile; readable: boolean }> {
    const path = join(folder, 'committed.json');
    const text = await readText(files, path);
    if (text === undefined) return { file: new CommittedFile(files, path, new Map()), readable: true };
    const parsed = vectorSchema.safeParse(parseJson(text));
    const through: PositionVector = parsed.success ? vectorFromJson(parsed.data) : new Map();
    return { file: new CommittedFile(files, path, through), readable: parsed.success };
  }

  get through(): PositionVector {
    return new Map(this.#through);
  }

  /** The latest word on each partition counts, even when it goes back. Resolves when a file with it has been written. */
  commit(through: PositionVector): Promise<void> {
    for (const [partition, offset] of through) {
      // Before the first offset there is nothing, and no number for it in the file.
      if (offset < 0n) this.#through.delete(partition);
      else this.#through.set(partition, offset);
    }
    // Commits that come while one is being written share the next write.
    this.#queued ??= this.#write(this.#writing);
    return this.#queued;
  }

  async drained(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#queued]);
  }

  async #write(after: Promise<void> | undefined): Promise<void> {
    await after?.catch(() => undefined);
    this.#writing = this.#queued;
    this.#queued = undefined;
    await replaceText(this.#files, this.#path, `${JSON.stringify(vectorToJson(this.#through))}\n`, 'hint');
  }
}
