/**
 * Which idempotency keys have been claimed, for far longer than their records are in the ledger's window: some 60 bytes each.
 *
 * The offsets of a partition are cut into generations of equal length, and the newest two are kept, each a table of digests. A record
 * of a known key takes it along into the newest. So a key is known when a record of it lies in the generation of the newest record, or
 * in the one before: that follows from offsets alone, and every instance and every restart comes to the same.
 *
 *     digest of tenant and key (32) | offset of its first record (40 bits), status (2), records from there to the outcome (22)
 */
import { hash } from 'node:crypto';
import { DigestTable } from '../audit/digest-table.js';
import type { PartitionKey } from '../domain/position.js';
import type { KnownClaim, LedgerRecord } from './ledger-record.js';
import { subjectKey } from './ledger-window.js';

/** What is remembered of a key in one partition. */
export interface RememberedKey {
  readonly first: bigint;
  /** The first record lies where every instance has read from: whoever made it may still be told that it was theirs. */
  readonly isFirstCertain: boolean;
  readonly status: KnownClaim['status'];
  /** Null without one, and where it lies too far from the first record to be kept. */
  readonly outcome: bigint | null;
}

interface Generations {
  /** Number of the newest: its offsets divided by their length. */
  newest: bigint;
  current: DigestTable;
  previous: DigestTable;
}

type Entry = Pick<RememberedKey, 'first' | 'status' | 'outcome'>;

export class ClaimedKeys {
  readonly #length: bigint;
  readonly #partitions: ReadonlyMap<PartitionKey, Generations>;

  /** `length`: offsets of a generation. */
  constructor(partitions: readonly PartitionKey[], length: bigint) {
    this.#length = length;
    this.#partitions = new Map(
      partitions.map((key) => [key, { newest: 0n, current: emptyTable(), previous: emptyTable() }]),
    );
  }

  /**
   * Where to begin to read, so that what is told from `end` on is what an instance tells that has read everything: two generations,
   * and one more for the first records of the keys in them.
   */
  static readFrom(end: bigint, length: bigint): bigint {
    const from = (end / length - 2n) * length;
    return from > 0n ? from : 0n;
  }

  /** Keys it holds; one that was taken along from one generation into the next counts twice. */
  get count(): number {
    return [...this.#partitions.values()].reduce(
      (sum, { current, previous }) => sum + current.count + previous.count,
      0,
    );
  }

  /** Records of a partition come in order, each once. */
  take(partition: PartitionKey, tenant: string, record: Pick<LedgerRecord, 'position' | 'type' | 'subject'>): void {
    const { offset } = record.position;
    const generations = this.#passed(partition, offset);
    if (generations === undefined) return;
    const { current, previous } = generations;
    const digest = digestOfKey(tenant, record.subject);
    const packed = current.find(digest);
    const known = packed ?? previous.find(digest);
    const next = pack(taken(known === undefined ? undefined : unpack(known), record.type, offset));
    if (next !== packed) current.set(digest, next);
  }

  /** The partition has been read through `offset`: what is too far behind it is forgotten. */
  passed(partition: PartitionKey, offset: bigint): void {
    this.#passed(partition, offset);
  }

  /** Undefined where nothing is known of the key. */
  find(partition: PartitionKey, tenant: string, key: string): RememberedKey | undefined {
    const generations = this.#partitions.get(partition);
    if (generations === undefined) return undefined;
    const { newest, current, previous } = generations;
    const digest = digestOfKey(tenant, key);
    const packed = current.find(digest) ?? previous.find(digest);
    if (packed === undefined) return undefined;
    const entry = unpack(packed);
    return { ...entry, isFirstCertain: entry.first >= (newest - 1n) * this.#length };
  }

  #passed(partition: PartitionKey, offset: bigint): Generations | undefined {
    const generations = this.#partitions.get(partition);
    const number = offset / this.#length;
    if (generations === undefined || number <= generations.newest) return generations;
    generations.previous = number === generations.newest + 1n ? generations.current : emptyTable();
    generations.current = emptyTable();
    generations.newest = number;
    return generations;
  }
}

/** The first result counts, and without one the newest failure. */
function taken(known: Entry | undefined, type: string, offset: bigint): Entry {
  const entry = known ?? { first: offset, status: 'unknown', outcome: null };
  if (entry.status === 'returned') return entry;
  if (type === 'tool.returned') return { ...entry, status: 'returned', outcome: offset };
  return type === 'tool.failed' ? { ...entry, status: 'failed', outcome: offset } : entry;
}

function emptyTable(): DigestTable {
  return new DigestTable(Buffer.alloc(0));
}

function digestOfKey(tenant: string, key: string): Buffer {
  return hash('sha256', subjectKey(tenant, 'tool', key), 'buffer');
}

const statuses = ['unknown', 'returned', 'failed'] as const;
const STATUS_BITS = 2n;
const DISTANCE_BITS = 22n;
/** Stands for every distance that is no smaller, of which the outcome is not kept. */
const DISTANCE_MAX = (1n << DISTANCE_BITS) - 1n;

function pack({ first, status, outcome }: Entry): bigint {
  const distance = outcome === null ? 0n : outcome - first;
  const code = BigInt(statuses.indexOf(status));
  const kept = distance < DISTANCE_MAX && !(outcome === null && status !== 'unknown') ? distance : DISTANCE_MAX;
  return (((first << STATUS_BITS) | code) << DISTANCE_BITS) | kept;
}

function unpack(packed: bigint): Entry {
  const distance = packed & DISTANCE_MAX;
  const head = packed >> DISTANCE_BITS;
  const status = statuses[Number(head & 3n)] ?? 'unknown';
  const first = head >> STATUS_BITS;
  return { first, status, outcome: status === 'unknown' || distance === DISTANCE_MAX ? null : first + distance };
}
