/**
 * The journal: raw records and the index from accounts to their positions. It answers "what was this entity at that position?"
 * from the records, and where old ones have expired from the base that stands for them, or says which loss makes it impossible.
 */
import type { Entity, EntityKey } from '../domain/entity.js';
import type { TopicRules } from '../domain/parse.js';
import { type PartitionKey, type PositionVector, parsePositionText, partitionKey } from '../domain/position.js';
import type { LogRecord, RecordReader, RecordReading } from '../log/port.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { BlockedMark } from '../state/port.js';
import { type BaseSource, type JournalBase, noBase } from './base.js';
import { afterBase, entityInBase, type LostPlace, type Question, readRuns } from './history.js';
import type { JournalIndex, KeyRecords } from './journal-index.js';
import { type DecisionLookup, type RebuiltStep, rebuild } from './rebuild.js';

export type { JournalLoss } from './history.js';

export type KeyHistory =
  | {
      readonly kind: 'complete';
      readonly steps: readonly RebuiltStep[];
      /** After the last step. */
      readonly entity: Entity | undefined;
      /** Where steps before these have expired: what they had come to. */
      readonly begins: Beginning | null;
    }
  | LostPlace;

/** What stands for expired steps. */
export interface Beginning {
  readonly entity: Entity | undefined;
  /** Of the key, not yet decided then. */
  readonly marks: readonly BlockedMark[];
  /** The newest record known to have gone. */
  readonly expired: LostPlace;
  /** Answers are given from it all the same; a replay, which says what this code makes of the records, cannot rest on it. */
  readonly isOfOtherCode: boolean;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Inclusive. */
  readonly offset: bigint;
}

/** The whole of a key's history, with every decision that has been made. */
const everything: Question = { upTo: null, knows: () => true };

export class Journal {
  readonly index: JournalIndex;
  readonly #reader: RecordReader;
  readonly #topics: TopicMap;
  readonly #through = new Map<PartitionKey, bigint>();
  readonly #base: BaseSource;

  constructor(index: JournalIndex, reader: RecordReader, topics: TopicMap, base: BaseSource = noBase) {
    this.index = index;
    this.#reader = reader;
    this.#topics = topics;
    this.#base = base;
  }

  /**
   * Every step of one key, up to and including the offsets of `upTo` where given (nothing of a partition it does not name); records
   * of later offsets are not told. `also` is a record to take although the index does not know it as one of the key's.
   */
  async historyOf(
    key: EntityKey,
    decisionOn: DecisionLookup,
    upTo: PositionVector | null,
    also?: Place,
  ): Promise<KeyHistory> {
    if (upTo === null) return this.#history({ key, also }, decisionOn, everything);
    const decided = upTo.get(partitionKey(this.#topics.rejected, 0)) ?? -1n;
    const knows = (at: string) => (parsePositionText(at)?.offset ?? 0n) <= decided;
    return this.#history({ key, also }, decisionOn, { upTo, knows });
  }

  async #history(
    { key, also }: { readonly key: EntityKey; readonly also?: Place | undefined },
    decisionOn: DecisionLookup,
    question: Question,
  ): Promise<KeyHistory> {
    const runs = runsWith(this.index.recordsOf(key), also);
    const read = await readRuns(this.#reader, runs, question);
    if (read.kind === 'lost') return read;
    const rulesOf = (topic: string) => this.#rulesOf(topic);
    const { records, expired } = read;
    if (expired === null) {
      const steps = rebuild(key, records, { rulesOf, decisionOn });
      return { kind: 'complete', steps, entity: steps.at(-1)?.after, begins: null };
    }
    // Asked for after reading: it stands for whatever had gone by then, also for what went meanwhile.
    const base = await this.#base.current();
    const begins = beginningOf(base, { key, runs, also, expired }, question);
    if (base === undefined || begins === undefined) return expired;
    const steps = rebuild(key, afterBase(base, records), { rulesOf, decisionOn, from: begins.entity });
    const entity = steps.length === 0 ? begins.entity : steps.at(-1)?.after;
    return { kind: 'complete', steps, entity, begins };
  }

  #rulesOf(topic: string): TopicRules {
    return sourceTopic(this.#topics, topic) ?? { about: null, tenant: null };
  }

  /**
   * For a replay, the entity right after the record at `place`; undefined when that record left none. `beside`: through where other
   * partitions had been read by then, in which a key that has moved has records too. `redrives`: the decisions known to have
   * shaped it, where it is told from an item; without it any may have.
   */
  async entityAt(
    key: EntityKey,
    { topic, partition, offset, beside = [] }: Place & { readonly beside?: Iterable<[PartitionKey, bigint]> },
    decisionOn: DecisionLookup,
    redrives?: readonly string[],
  ): Promise<{ kind: 'entity'; entity: Entity | undefined } | LostPlace> {
    const upTo = new Map([...beside, [partitionKey(topic, partition), offset]]);
    const knows = (at: string) => redrives === undefined || redrives.includes(at);
    const history = await this.#history({ key }, decisionOn, { upTo, knows });
    if (history.kind === 'lost') return history;
    return foreignPlace(history) ?? { kind: 'entity', entity: history.entity };
  }

  /**
   * Through which offsets the index knows the records. A state that outlives its process, or that several write, may be ahead of it:
   * what it does not know yet it would take for never written.
   */
  async through(): Promise<PositionVector> {
    return this.#through;
  }

  /** The index has been told of every record of the partition through `offset`. */
  reached(partition: PartitionKey, offset: bigint): void {
    if (offset > (this.#through.get(partition) ?? -1n)) this.#through.set(partition, offset);
  }

  /** Whether every key is known that has lost records by expiry: then none is missed without a word. */
  get isIndexWhole(): boolean {
    return this.#base.isIndexWhole;
  }

  /** Every kept record of a partition from `from` up to and including `last`, in order. */
  scan(topic: string, partition: number, last: bigint, from = 0n): AsyncIterable<readonly LogRecord[]> {
    return this.#reader.scan(topic, partition, from, last + 1n);
  }

  async recordAt(place: Place): Promise<RecordReading> {
    const [reading] = await this.#reader.read(place.topic, place.partition, [place.offset]);
    return reading ?? { kind: 'missing', why: 'beyond_end' };
  }
}

/** Where a history begins with what other code made. */
export function foreignPlace(history: KeyHistory): LostPlace | undefined {
  if (history.kind === 'lost' || history.begins === null || !history.begins.isOfOtherCode) return undefined;
  return { ...history.begins.expired, why: 'code_version' };
}

interface ExpiredKey {
  readonly key: EntityKey;
  readonly runs: readonly KeyRecords[];
  readonly also: Place | undefined;
  readonly expired: LostPlace;
}

/** Undefined where the base does not stand for the key's past at those positions, or where a record belongs into that past. */
function beginningOf(
  base: JournalBase | undefined,
  { key, runs, also, expired }: ExpiredKey,
  question: Question,
): Beginning | undefined {
  if (base === undefined) return undefined;
  const place = also && base.through.get(partitionKey(also.topic, also.partition));
  if (also !== undefined && place !== undefined && also.offset <= place) return undefined;
  const found = entityInBase(base, { key, partitions: runs.map(({ partition }) => partition) }, question);
  return found && { entity: found.entity, marks: base.marksOf(key), expired, isOfOtherCode: base.isOfOtherCode };
}

function runsWith(runs: readonly KeyRecords[], also: Place | undefined): readonly KeyRecords[] {
  if (also === undefined) return runs;
  const partition = partitionKey(also.topic, also.partition);
  const offsets = runs.find((run) => run.partition === partition)?.offsets ?? [];
  if (offsets.includes(also.offset)) return runs;
  const joined = [...offsets, also.offset].sort((a, b) => (a < b ? -1 : 1));
  return [...runs.filter((run) => run.partition !== partition), { partition, offsets: joined }];
}
