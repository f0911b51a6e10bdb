/**
 * The newest interaction records of every partition, by what they are about. A partition's window is counted in offsets, and what a
 * record was told of those before it is settled when it comes: both follow from the log alone, so every instance and every restart
 * comes to the same, however the records were batched.
 */
import type { PartitionKey } from '../domain/position.js';
import type { LedgerRecord } from './ledger-record.js';

/** A record as it was taken: `first` is the first one of its subject in the window as it was then, itself when there was none. */
export interface Taken {
  readonly tenant: string;
  readonly record: LedgerRecord;
  readonly first: LedgerRecord;
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
    // Of another partition is only what was produced under another record key: it has no order here.
    const first = this.#lists.get(keys[0] ?? '')?.find((one) => isOf(one, record))?.record ?? record;
    const taken = { tenant, record, first, keys };
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

  of(key: string): readonly Taken[] {
    return this.#lists.get(key) ?? [];
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

function isOf(one: Taken, { position }: LedgerRecord): boolean {
  return one.record.position.topic === position.topic && one.record.position.partition === position.partition;
}

/** Lengths go first, so that no part can imitate another. */
export function subjectKey(tenant: string, kind: string, subject: string): string {
  return `${kind} ${tenant.length}:${tenant}${subject}`;
}

export function correlationKey(tenant: string, correlationId: string): string {
  return `correlated ${tenant.length}:${tenant}${correlationId}`;
}
