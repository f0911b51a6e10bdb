/** Files kept open, at most `limits.openSegmentsMax` that nobody uses; the one unused for longest closes first. */
import { limits } from '../../src/limits.js';
import { logClosed } from './damage.js';
import type { FileSystemPort, OpenFile, OpenMode } from './files.js';

interface Held {
  readonly file: Promise<OpenFile>;
  users: number;
}

export class OpenFiles {
  readonly #files: FileSystemPort;
  readonly #mode: OpenMode;
  /** In the order of last use. */
  readonly #held = new Map<string, Held>();
  #closed = false;

  constructor(files: FileSystemPort, mode: OpenMode) {
    this.#files = files;
    this.#mode = mode;
  }

  /** The file stays open at least until `work` has ended; rejects with `stopping` after `close`. */
  async use<T>(path: string, work: (file: OpenFile) => Promise<T>): Promise<T> {
    if (this.#closed) throw logClosed();
    const held = this.#held.get(path) ?? { file: this.#files.open(path, this.#mode), users: 0 };
    this.#held.delete(path);
    this.#held.set(path, held);
    held.users++;
    try {
      return await work(await held.file);
    } catch (error) {
      // A failed open or use must not be remembered: the next user tries again with a new handle.
      this.#drop(path, held);
      throw error;
    } finally {
      held.users--;
      await this.#release(path, held);
    }
  }

  /** For a file that was removed: as long as it is open, it keeps its space on the disk. Its last user closes it. */
  async forget(path: string): Promise<void> {
    const held = this.#held.get(path);
    if (held === undefined) return;
    this.#held.delete(path);
    if (held.users === 0) await closeFile(held);
  }

  /** Files in use are closed by their last user. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = [...this.#held.values()].filter((held) => held.users === 0);
    this.#held.clear();
    await Promise.all(idle.map(closeFile));
  }

  #drop(path: string, held: Held): void {
    if (this.#held.get(path) === held) this.#held.delete(path);
  }

  async #release(path: string, held: Held): Promise<void> {
    if (this.#held.get(path) !== held) {
      if (held.users === 0) await closeFile(held);
      return;
    }
    if (this.#held.size <= limits.openSegmentsMax) return;
    for (const [oldestPath, oldest] of this.#held) {
      if (oldest.users > 0) continue;
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
