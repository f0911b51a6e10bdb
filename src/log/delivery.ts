/** Delivery of several partitions to one consumer: what every log that runs in this process shares. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogBatch } from './port.js';

/** Wakes everybody who waits for news. */
export class Bell {
  #ring: () => void = () => undefined;
  #next: Promise<void> | undefined;

  /** Resolves at the next ring. Taken before looking for news, nothing that arrives in between is missed. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      this.#ring = resolve;
    });
    return this.#next;
  }

  ring(): void {
    this.#next = undefined;
    this.#ring();
  }
}

/** The records of one partition, in order. */
export interface BatchSource {
  /** Undefined when there is none yet. */
  next(): Promise<LogBatch | undefined>;
}

export interface Delivery {
  readonly sources: readonly BatchSource[];
  /** Rings when a source may have more, and when the log closes. */
  readonly bell: Bell;
  readonly signal: AbortSignal;
  readonly isClosed: () => boolean;
}

/**
 * One batch of each source in turn, so that no partition starves another, and a turn of the event loop after each, so that
 * catching up starves nobody else. Waits when no source has anything; returns on abort or when the log closes.
 */
export async function* deliver(of: Delivery): AsyncGenerator<LogBatch, void, void> {
  const { bell, signal } = of;
  const isOver = (): boolean => signal.aborted || of.isClosed();
  const wake = (): void => bell.ring();
  signal.addEventListener('abort', wake, { once: true });
  try {
    while (!isOver()) {
      const rung = bell.next();
      let delivered = false;
      for (const source of of.sources) {
        const batch = await source.next();
        if (isOver()) return;
        if (batch === undefined) continue;
        delivered = true;
        yield batch;
        await nextTurn();
        if (isOver()) return;
      }
      if (!delivered) await rung;
    }
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
