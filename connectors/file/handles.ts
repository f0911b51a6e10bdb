/** Reads of segments through files that are kept open. */
import { readRange } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import { OpenFiles } from './open-files.js';

export class ReadHandles {
  readonly #open: OpenFiles;

  constructor(files: FileSystemPort) {
    this.#open = new OpenFiles(files, 'read');
  }

  /** Up to `length` bytes, fewer only at the file's end; rejects with `stopping` after `close`. */
  read(path: string, place: number, length: number): Promise<Buffer> {
    return this.#open.use(path, (file) => readRange(file, place, length));
  }

  /** For a file that was removed: as long as it is open, it keeps its space on the disk. Its last reader closes it. */
  forget(path: string): Promise<void> {
    return this.#open.forget(path);
  }

  /** Files in use are closed by their last reader. */
  close(): Promise<void> {
    return this.#open.close();
  }
}
