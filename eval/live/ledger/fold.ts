/**
 * What the topics come to, worked out with nothing of the service: of each entity the newest version wins, an id that is known is a
 * duplicate or, with other bytes, a fault, and so are bytes that say no version. It knows the ledger's own records and no others.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { isJsonObject } from '../../../src/domain/json.js';
import type { Dumped, Outcome } from './history.js';

/** What one record came to. */
export interface Entry {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly outcome: Outcome;
  readonly version: number;
  /** Null: deleted by it. */
  readonly value: JsonObject | null;
}

/** Ids that a key remembers, as the design has it. */
const IDS_KEPT = 16;

interface Known {
  readonly entries: Entry[];
  readonly ids: { readonly id: string; readonly digest: string }[];
}

export class LedgerFold {
  readonly #kindOf: ReadonlyMap<string, string>;
  readonly #known = new Map<string, Known>();
  readonly #counts = new Map<string, Record<Outcome, number>>();

  /** `kindOf`: what each topic is about. */
  constructor(kindOf: ReadonlyMap<string, string>) {
    this.#kindOf = kindOf;
  }

  /** The next record of its partition. */
  take(record: Dumped): void {
    const name = this.#nameOf(record);
    const known = this.#known.get(name) ?? { entries: [], ids: [] };
    this.#known.set(name, known);
    const { topic, partition, offset } = record;
    const read = eventIn(record.value);
    const outcome = read === undefined ? 'rejected' : outcomeOf(known, read);
    const counts = this.counts(topic, partition);
    this.#counts.set(`${topic}:${partition}`, { ...counts, [outcome]: counts[outcome] + 1 });
    if (outcome !== 'applied' || read === undefined) return;
    known.entries.push({ topic, partition, offset, outcome, version: read.version, value: read.data });
    known.ids.push({ id: read.id, digest: read.digest });
    if (known.ids.length > IDS_KEPT) known.ids.shift();
  }

  /** Of everything that any record was about. */
  get names(): readonly string[] {
    return [...this.#known.keys()];
  }

  counts(topic: string, partition: number): Readonly<Record<Outcome, number>> {
    return this.#counts.get(`${topic}:${partition}`) ?? { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  }

  /** What is in force through there; undefined: nothing yet. */
  at(name: string, through: (topic: string, partition: number) => bigint): Entry | undefined {
    const { entries } = this.#known.get(name) ?? { entries: [] };
    return entries.findLast(({ topic, partition, offset }) => offset <= through(topic, partition));
  }

  last(name: string): Entry | undefined {
    return this.#known.get(name)?.entries.at(-1);
  }

  /** Whether a version above this one has deleted it. */
  isDeletedAfter(name: string, version: number): boolean {
    const { entries } = this.#known.get(name) ?? { entries: [] };
    return entries.some((entry) => entry.version > version && entry.value === null);
  }

  #nameOf({ topic, key }: Dumped): string {
    const [tenant = '', id = ''] = String(key ?? '').split('/');
    return `${tenant} ${this.#kindOf.get(topic)}/${id}`;
  }
}

interface Read {
  readonly id: string;
  readonly digest: string;
  readonly version: number;
  readonly data: JsonObject | null;
}

function eventIn(value: Buffer | null): Read | undefined {
  try {
    const event: unknown = JSON.parse(String(value));
    if (!isJsonObject(event as JsonObject)) return undefined;
    const { id, entityversion, op, data } = event as JsonObject;
    if (typeof id !== 'string' || typeof entityversion !== 'string' || !/^[0-9]+$/.test(entityversion))
      return undefined;
    const digest = createHash('sha256').update(String(value)).digest('hex');
    const shown = op !== 'delete' && data !== undefined && isJsonObject(data) ? data : null;
    return { id, digest, version: Number(entityversion), data: shown };
  } catch {
    return undefined;
  }
}

function outcomeOf({ entries, ids }: Known, read: Read): Outcome {
  const same = ids.find(({ id }) => id === read.id);
  if (same !== undefined) return same.digest === read.digest ? 'duplicate' : 'rejected';
  return read.version > (entries.at(-1)?.version ?? 0) ? 'applied' : 'superseded';
}
