/**
 * The newest interaction records of every partition, by what they are about. A partition's window is counted in offsets: that follows
 * from the log alone, so every instance and every restart comes to the same, however the records were batched.
 */
import type { PartitionKey } from '../domain/position.js';
import type { LedgerRecord } from './ledger-record.js';

/** A record, and the lists it stands in. */
interface Taken {
  readonly record: LedgerRecord;
  readonly keys: readonly string[];
}

interface Queue {
  readonly taken: (Taken | undefined)[];
  /** Where the oldest stands that has not been dropped. */
  head: number;
}

export class LedgerWindow {
  readonly #offsets: bigint;
  readonly #queues = new Map<PartitionKey, Queue>();
  readonly #lists = new Map<string, Taken[]>();

  /** `offsets`: a record is kept until the partition has moved on by so many. */
  constructor(offsets: bigint) {
    this.#offsets = offsets;
  }

  /** Records of a partition come in order, each once. */
  take(partition: PartitionKey, tenant: string, record: LedgerRecord): void {
    this.passed(partition, record.position.offset);
    const { kind, subject, correlationId } = record;
    const keys = [subjectKey(tenant, kind, subject)];
    if (correlationId !== null) keys.push(correlationKey(tenant, correlationId));
    const taken = { record, keys };
    for (const key of keys) {
      const list = this.#lists.get(key);
      if (list === undefined) this.#lists.set(key, [taken]);
      else list.push(taken);
    }
    this.#queueOf(partition).taken.push(taken);
  }

  /** The partition has been read through `offset`: what is too far behind it is dropped. */
  passed(partition: PartitionKey, offset: bigint): void {
    const queue = this.#queueOf(partition);
    const oldest = offset - this.#offsets;
    for (let next = queue.taken[queue.head]; next !== undefined; next = queue.taken[queue.head]) {
      if (next.record.position.offset > oldest) break;
      this.#drop(next);
      queue.taken[queue.head++] = undefined;
    }
    if (queue.head <= COMPACT_AT || queue.head * 2 <= queue.taken.length) return;
    queue.taken.splice(0, queue.head);
    queue.head = 0;
  }

  of(key: string): readonly LedgerRecord[] {
    return (this.#lists.get(key) ?? []).map(({ record }) => record);
  }

  /** When the log took the oldest that is kept of a partition; undefined when none is. */
  oldestMs(partition: PartitionKey): number | undefined {
    const { taken, head } = this.#queueOf(partition);
    return taken[head]?.record.timestampMs;
  }

  get count(): number {
    return [...this.#queues.values()].reduce((sum, { taken, head }) => sum + taken.length - head, 0);
  }

  #queueOf(partition: PartitionKey): Queue {
    const known = this.#queues.get(partition);
    if (known !== undefined) return known;
    const queue = { taken: [], head: 0 };
    this.#queues.set(partition, queue);
    return queue;
  }

  #drop(taken: Taken): void {
    for (const key of taken.keys) {
      const list = this.#lists.get(key) ?? [];
      if (list.length === 1) this.#lists.delete(key);
      else list.splice(list.indexOf(taken), 1);
    }
  }
}

const COMPACT_AT = 1_024;

/** Lengths go first, so that no part can imitate another. */
export function subjectKey(tenant: string, kind: string, subject: string): string {
  return `${kind} ${tenant.length}:${tenant}${subject}`;
}

export function correlationKey(tenant: string, correlationId: string): string {
  return `correlated ${tenant.length}:${tenant}${correlationId}`;
}
