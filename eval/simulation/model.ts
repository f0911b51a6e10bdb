/**
 * What must be true of the log as it is: every record folded in order, one after the other, with the pure fold and nothing else of the
 * service. A decision of an operator counts from its own position on, in the place of the record it is about.
 */
import { type Entity, type EntityKey, entityKeyText } from '../../src/domain/entity.js';
import {
  type PartitionKey,
  type Position,
  type PositionVector,
  partitionKey,
  positionText,
} from '../../src/domain/position.js';
import { countOf, type Decision, keyOf, type Step, step, type Understood, understand } from '../../src/domain/step.js';
import { decodeRejectedEntry } from '../../src/log/dead-letter.js';
import type { LogRecord } from '../../src/log/port.js';
import { sourceTopic, type TopicMap } from '../../src/log/topics.js';
import type { OutcomeCounts } from '../../src/state/port.js';

interface Folded {
  readonly record: LogRecord;
  readonly step: Step;
  readonly after: Entity | undefined;
}

type Place = Pick<Position, 'topic' | 'partition' | 'offset'>;

interface Made {
  readonly offset: bigint;
  readonly decision: Decision;
}

interface Taken {
  readonly record: LogRecord;
  readonly undecided: Understood;
}

/** What a decision is about. */
interface DecidedRecord {
  readonly position: Position;
  /** The keys it names, as it is and under all that was decided about it. */
  readonly keys: readonly string[];
}

/** A decision counts when it stands at an offset this accepts. */
type Accepts = (at: Made) => boolean;

export class Model {
  readonly #topics: TopicMap;
  readonly #records = new Map<PartitionKey, Taken[]>();
  /** Of each key its records, and every record that a repair has given to it. */
  readonly #ofKeys = new Map<string, { readonly key: EntityKey; readonly taken: Taken[] }>();
  readonly #plain = new Map<string, readonly Folded[]>();
  readonly #decisions = new Map<string, Made[]>();
  /** By the offset of each decision in the rejected topic. */
  readonly #about = new Map<bigint, DecidedRecord>();
  /** Keys that a decision has been made about. */
  readonly #decided = new Set<string>();

  constructor(topics: TopicMap) {
    this.#topics = topics;
  }

  /** The next record of its partition. */
  take(record: LogRecord): void {
    const { topic, partition } = record.position;
    if (topic === this.#topics.rejected) {
      this.#takeDecision(record);
      return;
    }
    const rules = sourceTopic(this.#topics, topic);
    if (rules === undefined) return;
    const taken: Taken = { record, undecided: understand(record, rules, undefined) };
    this.#in(partitionKey(topic, partition)).push(taken);
    const key = keyOf(taken.undecided);
    if (key !== undefined) this.#give(key, taken);
  }

  #takeDecision(record: LogRecord): void {
    const entry = decodeRejectedEntry(record);
    if (entry?.entry !== 'decision') return;
    const taken = this.#recordOf(entry.id);
    if (taken === undefined) throw new Error('a decision is about a record of the log');
    const made = this.#decisions.get(entry.id) ?? [];
    this.#decisions.set(entry.id, [...made, { offset: record.position.offset, decision: entry.decision }]);
    const named = [keyOf(taken.undecided), keyOf(this.#understood(taken, () => true))].filter(
      (key) => key !== undefined,
    );
    const keys = named.map(entityKeyText);
    this.#about.set(record.position.offset, { position: taken.record.position, keys });
    for (const key of named) {
      this.#decided.add(entityKeyText(key));
      this.#give(key, taken);
    }
  }

  #recordOf(id: string): Taken | undefined {
    const colon = id.lastIndexOf(':');
    return this.#in(id.slice(0, colon) as PartitionKey)[Number(id.slice(colon + 1))];
  }

  #in(partition: PartitionKey): Taken[] {
    const taken = this.#records.get(partition) ?? [];
    this.#records.set(partition, taken);
    return taken;
  }

  #give(key: EntityKey, taken: Taken): void {
    const text = entityKeyText(key);
    const known = this.#ofKeys.get(text) ?? { key, taken: [] };
    this.#ofKeys.set(text, known);
    if (!known.taken.includes(taken)) known.taken.push(taken);
    known.taken.sort((a, b) => (a.record.position.offset < b.record.position.offset ? -1 : 1));
    this.#plain.delete(text);
  }

  #understood(taken: Taken, accepts: Accepts): Understood {
    const id = positionText(taken.record.position);
    let decision: Decision | undefined;
    for (const made of this.#decisions.get(id) ?? []) {
      if (accepts(made)) decision = decision === undefined ? made.decision : { ...made.decision, before: decision };
    }
    const rules = sourceTopic(this.#topics, taken.record.position.topic);
    return decision === undefined || rules === undefined ? taken.undecided : understand(taken.record, rules, decision);
  }

  /** Every record of one key, folded under the decisions that count. */
  #fold(text: string, accepts: Accepts): readonly Folded[] {
    const isPlain = !this.#decided.has(text);
    const known = isPlain ? this.#plain.get(text) : undefined;
    if (known !== undefined) return known;
    const folded: Folded[] = [];
    let current: Entity | undefined;
    for (const taken of this.#ofKeys.get(text)?.taken ?? []) {
      const understood = isPlain ? taken.undecided : this.#understood(taken, accepts);
      const key = keyOf(understood);
      if (key === undefined || entityKeyText(key) !== text) continue;
      const made = step(current, understood);
      if (made.outcome === 'applied') current = made.entity;
      folded.push({ record: taken.record, step: made, after: current });
    }
    if (isPlain) this.#plain.set(text, folded);
    return folded;
  }

  get keys(): readonly EntityKey[] {
    return [...this.#ofKeys.values()].map(({ key }) => key);
  }

  /** The entity as of a position vector, decisions within it included. */
  entityAt(key: EntityKey, through: PositionVector): Entity | undefined {
    const decided = through.get(partitionKey(this.#topics.rejected, 0)) ?? -1n;
    const folded = this.#fold(entityKeyText(key), ({ offset }) => offset <= decided);
    return folded.findLast(({ record: { position } }) => {
      return position.offset <= (through.get(partitionKey(position.topic, position.partition)) ?? -1n);
    })?.after;
  }

  /** The entity right after a record, under the decisions within a position vector. */
  entityAfter(key: EntityKey, position: string, through: PositionVector): Entity | undefined {
    const decided = through.get(partitionKey(this.#topics.rejected, 0)) ?? -1n;
    const folded = this.#fold(entityKeyText(key), ({ offset }) => offset <= decided);
    return folded.findLast(({ record }) => positionText(record.position) === position)?.after;
  }

  /**
   * Whether a decision among the offsets after `from` up to and including `to` of the rejected topic is about a record that names the
   * key and stands at or before `position`: nothing else may put an earlier record of a key in force.
   */
  isReopened(key: EntityKey, position: Place, { from, to }: { readonly from: bigint; readonly to: bigint }): boolean {
    const text = entityKeyText(key);
    return [...this.#about].some(([offset, about]) => {
      const { topic, partition, offset: at } = about.position;
      const isEarlier = topic === position.topic && partition === position.partition && at <= position.offset;
      return offset > from && offset <= to && isEarlier && about.keys.includes(text);
    });
  }

  /** All the log's records by outcome, under every decision there is. */
  counts(): ReadonlyMap<PartitionKey, OutcomeCounts> {
    const outcomes = new Map<LogRecord, Step['outcome']>();
    for (const text of this.#ofKeys.keys()) {
      for (const { record, step: made } of this.#fold(text, () => true)) outcomes.set(record, made.outcome);
    }
    return new Map(
      [...this.#records].map(([partition, all]) => {
        const counts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
        for (const taken of all) {
          counts[
            countOf(
              outcomes.get(taken.record) ??
                step(
                  undefined,
                  this.#understood(taken, () => true),
                ).outcome,
            )
          ]++;
        }
        return [partition, counts];
      }),
    );
  }

  /** Records that are rejected under the decisions up to an offset of the rejected topic, by position. */
  rejected(decided: bigint): ReadonlyMap<string, LogRecord> {
    const accepts: Accepts = ({ offset }) => offset <= decided;
    const outcomes = new Map<LogRecord, Step['outcome']>();
    for (const text of this.#ofKeys.keys()) {
      for (const { record, step: made } of this.#fold(text, accepts)) outcomes.set(record, made.outcome);
    }
    const all = [...this.#records.values()].flat();
    const found = all.filter((taken) => {
      const outcome = outcomes.get(taken.record) ?? step(undefined, this.#understood(taken, accepts)).outcome;
      return outcome === 'rejected';
    });
    return new Map(found.map(({ record }) => [positionText(record.position), record]));
  }

  /** Offsets of all decisions in the rejected topic. */
  get decisions(): readonly bigint[] {
    return [...this.#decisions.values()].flatMap((made) => made.map(({ offset }) => offset));
  }
}
