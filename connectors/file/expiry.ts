/** Retention of the embedded log and of a journal: whole sealed segments go, after the new start of their partition has become durable. */
import type { PositionVector } from '../../src/domain/position.js';
import { partitionKey } from '../../src/domain/position.js';
import { type ExpiredRange, expiredRuns, isInstant, type Retention } from '../../src/log/retention.js';
import { expiryFailed, refused } from './damage.js';
import type { ReadHandles } from './handles.js';
import type { Partition } from './partition.js';
import type { PartitionFolder } from './partition-folder.js';
import type { SidecarQueue } from './sidecar-queue.js';
import { removeExpired, writeBeginning } from './start-file.js';

export interface ExpiringPartition {
  readonly partition: Partition;
  readonly at: PartitionFolder;
  readonly retention: Retention;
}

export class Expiry {
  readonly #partitions: readonly ExpiringPartition[];
  readonly #handles: ReadHandles;
  readonly #sidecars: SidecarQueue;
  #running: Promise<unknown> = Promise.resolve();

  constructor(partitions: readonly ExpiringPartition[], handles: ReadHandles, sidecars: SidecarQueue) {
    this.#partitions = partitions.filter(({ retention }) => retention.ageMs !== null || retention.bytes !== null);
    this.#handles = handles;
    this.#sidecars = sidecars;
  }

  /** As the port says; one call at a time. */
  expire(upTo: PositionVector, nowMs: number): Promise<readonly ExpiredRange[]> {
    const expired = this.#running.then(() => this.#expire(upTo, nowMs));
    this.#running = expired.catch(() => undefined);
    return expired;
  }

  async drained(): Promise<void> {
    await this.#running;
  }

  async #expire(upTo: PositionVector, nowMs: number): Promise<readonly ExpiredRange[]> {
    if (!isInstant(nowMs)) {
      const advice = 'Pass milliseconds since 1970, a whole number.';
      throw refused('request_invalid', { message: 'Records cannot expire at a time that is none.', advice });
    }
    const ranges: ExpiredRange[] = [];
    for (const one of this.#partitions) {
      const { topic, partition: number } = one.at.identity;
      const range = { topic, partition: number, from: one.partition.start };
      const bounds = { retention: one.retention, upTo: upTo.get(partitionKey(topic, number)), nowMs };
      try {
        await this.#removeFrom(one, firstKept(one.partition, bounds));
      } catch (error) {
        throw expiryFailed(error);
      }
      const to = one.partition.start;
      if (to > range.from) ranges.push({ ...range, to });
    }
    return ranges;
  }

  async #removeFrom({ partition, at }: ExpiringPartition, start: bigint): Promise<void> {
    if (start > partition.start) {
      // A sidecar that came later than its segment went would stay for ever.
      await this.#sidecars.drained();
      await writeBeginning(at, { start, records: partition.recordsBefore(start) });
      partition.dropBefore(start);
    }
    if (partition.start === 0n) return;
    for (const path of await removeExpired(at, partition.start)) await this.#handles.forget(path);
  }
}

function firstKept(partition: Partition, bounds: Parameters<typeof expiredRuns>[1]): bigint {
  // The last record stays, and a last segment that holds nothing is not it.
  const segments = partition.segments.filter(({ baseOffset, end }) => end > baseOffset);
  const runs = segments.map(({ bytes, end, blocks }) => ({ bytes, end, newestMs: blocks.newestMs }));
  return segments[expiredRuns(runs, bounds)]?.baseOffset ?? partition.start;
}
