/** Whether every record that the log of others told of has come to the journal: counted where it arrives, held against what is kept. */
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import type { FileJournal } from './journal.js';

export class CopiedCounts {
  readonly #journal: Pick<FileJournal, 'recordCount' | 'recordsThrough'>;
  /** With what the journal held when it was opened. */
  readonly #told = new Map<PartitionKey, bigint>();
  /** Told, and not in the journal; 0 unless there is a fault. */
  readonly #missing = new Map<PartitionKey, bigint>();

  constructor(journal: Pick<FileJournal, 'recordCount' | 'recordsThrough'>, partitions: readonly PartitionKey[]) {
    this.#journal = journal;
    for (const key of partitions) this.#told.set(key, journal.recordCount(key));
  }

  /** The log has told of so many records, and they have been appended to the journal. */
  took(partition: PartitionKey, recordCount: number): void {
    const told = (this.#told.get(partition) ?? 0n) + BigInt(recordCount);
    this.#told.set(partition, told);
    this.#missing.set(partition, told - this.#journal.recordCount(partition));
  }

  /** As `EventLog.recordsThrough`; what is missing counts as given out, so that it is missed. */
  async through(of: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>> {
    const copied = await this.#journal.recordsThrough(of);
    return new Map([...copied].map(([key, count]) => [key, count + (this.#missing.get(key) ?? 0n)]));
  }
}
