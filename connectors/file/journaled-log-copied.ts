/** How far each partition has been copied, and who waits for it to come further. */
import { setMaxListeners } from 'node:events';
import type { PartitionKey } from '../../src/domain/position.js';

/** `stopped`: nothing more of the partition is copied. */
export type Arrival = 'copied' | 'stopped';

interface Waiter {
  readonly end: bigint;
  readonly resolve: (arrival: Arrival) => void;
}

export class CopiedEnds {
  readonly #ends: Map<PartitionKey, bigint>;
  readonly #waiters = new Map<PartitionKey, Set<Waiter>>();

  constructor(ends: ReadonlyMap<PartitionKey, bigint>) {
    this.#ends = new Map(ends);
  }

  /** The next offset to be copied. */
  endOf(partition: PartitionKey): bigint {
    return this.#ends.get(partition) ?? 0n;
  }

  /** Resolves when everything before `end` has been copied, or copying stops; never, once `signal` has aborted. */
  reached(partition: PartitionKey, end: bigint, signal: AbortSignal): Promise<Arrival> {
    if (this.endOf(partition) >= end) return Promise.resolve('copied');
    // One append may wait for many partitions.
    setMaxListeners(0, signal);
    return new Promise((resolve) => {
      const waiter = { end, resolve };
      const waiters = this.#waiters.get(partition) ?? new Set();
      this.#waiters.set(partition, waiters.add(waiter));
      signal.addEventListener('abort', () => waiters.delete(waiter), { once: true });
    });
  }

  move(partition: PartitionKey, end: bigint): void {
    this.#ends.set(partition, end);
    this.#settle(partition, 'copied', (waiter) => waiter.end <= end);
  }

  stop(partition: PartitionKey): void {
    this.#settle(partition, 'stopped', () => true);
  }

  #settle(partition: PartitionKey, arrival: Arrival, isDue: (waiter: Waiter) => boolean): void {
    const waiters = this.#waiters.get(partition) ?? new Set();
    for (const waiter of [...waiters].filter(isDue)) {
      waiters.delete(waiter);
      waiter.resolve(arrival);
    }
  }
}
