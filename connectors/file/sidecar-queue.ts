/** Writes the sidecars of segments that were just sealed, one after the other, beside the appends that go on meanwhile. */
import type { PartitionFolder } from './partition-folder.js';
import type { Segment } from './segment.js';
import { writeSidecar } from './sidecar.js';

export class SidecarQueue {
  #written: Promise<void> = Promise.resolve();

  /** One that cannot be written costs the next start a scan, and nothing else: it is no error of the append. */
  add(at: PartitionFolder, segment: Segment): void {
    this.#written = this.#written.then(() => writeSidecar(at, segment)).catch(() => undefined);
  }

  /** Resolves when all that were added have been written or given up. */
  drained(): Promise<void> {
    return this.#written;
  }
}
