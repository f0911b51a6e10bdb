/**
 * Under which leaders the records that came by were written: an offset is committed with the epoch of its record, without which a reader
 * that goes on there cannot tell that the log has lost what was read (KIP-320).
 */
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import type { ReadPoint, RemoteNews } from '../../src/log/remote-port.js';

/** Of the records from this offset to the next run. */
interface Run {
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

export class SeenEpochs {
  /** In offset order, so in that of epochs. */
  readonly #runs = new Map<PartitionKey, Run[]>();

  /** What was seen of these partitions before may be of another history. */
  begin(points: readonly ReadPoint[]): void {
    for (const { topic, partition, offset, leaderEpoch } of points) {
      this.#runs.set(
        partitionKey(topic, partition),
        leaderEpoch === null ? [] : [{ offset: offset - 1n, leaderEpoch }],
      );
    }
  }

  saw(news: RemoteNews): void {
    if (news.kind !== 'records') return;
    const key = partitionKey(news.topic, news.partition);
    const runs = this.#runs.get(key) ?? [];
    this.#runs.set(key, runs);
    for (const { offset, leaderEpoch } of news.records) {
      if (runs.at(-1)?.leaderEpoch !== leaderEpoch) runs.push({ offset, leaderEpoch });
    }
    runs.splice(0, runs.length - limits.remoteEpochsSeenMax);
  }

  /** Undefined: it lies before everything that came by, or too many leaders ago. */
  of(key: PartitionKey, offset: bigint): number | undefined {
    return this.#runs.get(key)?.findLast((run) => run.offset <= offset)?.leaderEpoch;
  }
}
