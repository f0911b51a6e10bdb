/** Files kept open for reading, at most `limits.openSegmentsMax` that nobody reads; the one unused for longest closes first. */
import { limits } from '../../src/limits.js';
import { logClosed } from './damage.js';
import { readRange } from './file-steps.js';
import type { FileSystemPort, OpenFile } from './files.js';

interface Held {
  readonly file: Promise<OpenFile>;
  readers: number;
}

export class ReadHandles {
  readonly #files: FileSystemPort;
  /** In the order of last use. */
  readonly #held = new Map<string, Held>();
  #closed = false;

  constructor(files: FileSystemPort) {
    this.#files = files;
  }

  /** Up to `length` bytes, fewer only at the file's end; rejects with `stopping` after `close`. */
  async read(path: string, place: number, length: number): Promise<Buffer> {
    if (this.#closed) throw logClosed();
    const held = this.#held.get(path) ?? { file: this.#files.open(path, 'read'), readers: 0 };
    this.#held.delete(path);
    this.#held.set(path, held);
    held.readers++;
    try {
      return await readRange(await held.file, place, length);
    } catch (error) {
      // A failed open or read must not be remembered: the next reader tries again with a new handle.
      this.#drop(path, held);
      throw error;
    } finally {
      held.readers--;
      await this.#release(path, held);
    }
  }

  /** For a file that was removed: as long as it is open, it keeps its space on the disk. Its last reader closes it. */
  async forget(path: string): Promise<void> {
    const held = this.#held.get(path);
    if (held === undefined) return;
    this.#held.delete(path);
    if (held.readers === 0) await closeFile(held);
  }

  /** Files in use are closed by their last reader. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = [...this.#held.values()].filter((held) => held.readers === 0);
    this.#held.clear();
    await Promise.all(idle.map(closeFile));
  }

  #drop(path: string, held: Held): void {
    if (this.#held.get(path) === held) this.#held.delete(path);
  }

  async #release(path: string, held: Held): Promise<void> {
    if (this.#held.get(path) !== held) {
      if (held.readers === 0) await closeFile(held);
      return;
    }
    if (this.#held.size <= limits.openSegmentsMax) return;
    for (const [oldestPath, oldest] of this.#held) {
      if (oldest.readers > 0) continue;
      this.#drop(oldestPath, oldest);
      await closeFile(oldest);
      return;
    }
  }
}

/** A file that could not be opened has nothing to close. */
async function closeFile(held: Held): Promise<void> {
  const file = await held.file.catch(() => undefined);
  await file?.close();
}
