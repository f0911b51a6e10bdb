/**
 * Group commit: appends that arrive while the disk is busy share the next write and sync. One group is on its way at a time, and
 * a failed one is the last: what a failed sync left on the disk is unknown until the log is opened again.
 */

import type { Position } from '../../src/domain/position.js';
import type { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { logFailed, overloaded } from './damage.js';
import type { Arrival, PartitionWriter, Staged } from './partition-writer.js';

export interface Addressed extends Arrival {
  readonly writer: PartitionWriter;
}

interface Waiting {
  readonly positions: readonly Position[];
  readonly bytes: number;
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly #onCommitted: () => void;
  #waiting: Waiting[] = [];
  #dirty = new Set<PartitionWriter>();
  #records = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #failure: TidemarkError | undefined;

  /** `onCommitted` is called when records have become durable and visible. */
  constructor(onCommitted: () => void) {
    this.#onCommitted = onCommitted;
  }

  /** Resolves when all of them are durable. Rejects with `overloaded` or `log_failed`. */
  append(arrivals: readonly Addressed[]): Promise<readonly Position[]> {
    const bytes = arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#records + arrivals.length > limits.appendQueueMax || this.#bytes + bytes > limits.appendQueueBytesMax) {
      return Promise.reject(overloaded(this.#records));
    }
    this.#records += arrivals.length;
    this.#bytes += bytes;
    const positions = arrivals.map((arrival) => {
      this.#dirty.add(arrival.writer);
      return arrival.writer.stage(arrival);
    });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ positions, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is waiting. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Everything that is appended before this turn's microtasks are over goes into the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      const writers = [...this.#dirty];
      this.#waiting = [];
      this.#dirty = new Set();
      this.#failure ??= await commit(writers);
      if (this.#failure === undefined) this.#onCommitted();
      for (const waiting of group) this.#settle(waiting);
    }
    this.#running = undefined;
  }

  #settle(waiting: Waiting): void {
    this.#records -= waiting.positions.length;
    this.#bytes -= waiting.bytes;
    if (this.#failure === undefined) waiting.resolve(waiting.positions);
    else waiting.reject(this.#failure);
  }
}

/** All partitions of a group become visible, or none does. */
async function commit(writers: readonly PartitionWriter[]): Promise<TidemarkError | undefined> {
  const outcomes = await Promise.allSettled(writers.map(async (writer) => ({ writer, staged: await writer.write() })));
  const written: { writer: PartitionWriter; staged: Staged }[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') {
      written.push(outcome.value);
      continue;
    }
    await Promise.all(writers.map((writer) => writer.takeBack()));
    return logFailed('a write or sync failed', outcome.reason);
  }
  for (const { writer, staged } of written) writer.publish(staged);
  return undefined;
}
