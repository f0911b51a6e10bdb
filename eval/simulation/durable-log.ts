/** The log's disk: what is in it has happened, whoever ends. It knows when each record came to be there, which no service knows. */
import { MemoryLog } from '../../connectors/memory/log.js';
import { type PartitionKey, type Position, partitionKey } from '../../src/domain/position.js';
import { Bell } from '../../src/log/delivery.js';
import type { LogRecord, NewRecord } from '../../src/log/port.js';
import { type TopicMap, topicsToOpen } from '../../src/log/topics.js';
import type { Scheduler } from './scheduler.js';

interface Kept {
  readonly record: LogRecord;
  /** Virtual milliseconds. */
  readonly committedAtMs: number;
}

export class DurableLog {
  readonly store: MemoryLog;
  /** Rings when something was appended. */
  readonly bell = new Bell();
  readonly #scheduler: Scheduler;
  readonly #onRecord: (record: LogRecord) => void;
  readonly #kept = new Map<PartitionKey, Kept[]>();

  constructor(
    topics: TopicMap,
    clock: { readonly scheduler: Scheduler; wallMs(): number },
    onRecord: (record: LogRecord) => void,
  ) {
    this.store = new MemoryLog({ id: 'simulated', topics: topicsToOpen(topics), clock: () => clock.wallMs() });
    this.#scheduler = clock.scheduler;
    this.#onRecord = onRecord;
  }

  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    const positions = await this.store.append(records);
    for (const { topic, partition, offset } of positions) {
      const [reading] = await this.store.read(topic, partition, [offset]);
      if (reading?.kind !== 'found') throw new Error('the log does not hold what it has taken');
      const kept = this.#of(partitionKey(topic, partition));
      kept.push({ record: reading.record, committedAtMs: this.#scheduler.nowMs });
      this.#onRecord(reading.record);
    }
    this.bell.ring();
    return positions;
  }

  end(partition: PartitionKey): bigint {
    return BigInt(this.#of(partition).length);
  }

  /** The end of a partition before the instant: everything below it was in the log by then. */
  endBefore(partition: PartitionKey, instantMs: number): bigint {
    return BigInt(this.#of(partition).findLastIndex(({ committedAtMs }) => committedAtMs < instantMs) + 1);
  }

  records(partition: PartitionKey, from: bigint, to: bigint): readonly LogRecord[] {
    return this.#of(partition)
      .slice(Number(from), Number(to))
      .map(({ record }) => record);
  }

  #of(partition: PartitionKey): Kept[] {
    const kept = this.#kept.get(partition) ?? [];
    this.#kept.set(partition, kept);
    return kept;
  }
}
