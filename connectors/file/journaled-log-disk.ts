/** What the disk of a journal refuses: what may pass is told and tried again, the rest ends the log. */
import { TidemarkError } from '../../src/errors.js';
import type { JournaledLogOptions } from './journaled-log-types.js';

export class DiskFailure {
  /** Rejects when nothing more will be written. */
  readonly failed: Promise<never>;
  readonly #onReport: JournaledLogOptions['onReport'];
  #fail: (cause: TidemarkError) => void = () => undefined;

  constructor(onReport: JournaledLogOptions['onReport']) {
    this.#onReport = onReport;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Until somebody listens it is not unheard of.
    this.failed.catch(() => undefined);
  }

  /** The same work, which never rejects. A failure is told once, for as long as it lasts. */
  watched(work: () => Promise<void>): () => Promise<void> {
    let isFailing = false;
    return async () => {
      try {
        await work();
        isFailing = false;
      } catch (cause) {
        if (!isFailing) this.#onReport({ kind: 'sync_failed', cause });
        isFailing = true;
        if (cause instanceof TidemarkError && !cause.retriable) this.#fail(cause);
      }
    };
  }
}
