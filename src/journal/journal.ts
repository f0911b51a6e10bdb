/**
 * The journal: raw records and the index from accounts to their positions. It answers "what was this entity at that position?"
 * from the records alone, or says which loss makes the answer impossible.
 */
import type { Entity, EntityKey } from '../domain/entity.js';
import type { TopicRules } from '../domain/parse.js';
import { type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import type { LogRecord, RecordReader, RecordReading } from '../log/port.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { JournalIndex, KeyRecords } from './journal-index.js';
import { type DecisionLookup, type RebuiltStep, rebuild } from './rebuild.js';

export type JournalLoss = Extract<RecordReading, { kind: 'missing' }>['why'];

export type KeyHistory =
  | { readonly kind: 'complete'; readonly steps: readonly RebuiltStep[] }
  | {
      readonly kind: 'lost';
      readonly why: JournalLoss;
      readonly topic: string;
      readonly partition: number;
      readonly offset: bigint;
    };

export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** Inclusive. */
  readonly offset: bigint;
}

export class Journal {
  readonly index: JournalIndex;
  readonly #reader: RecordReader;
  readonly #topics: TopicMap;

  constructor(index: JournalIndex, reader: RecordReader, topics: TopicMap) {
    this.index = index;
    this.#reader = reader;
    this.#topics = topics;
  }

  /**
   * Every step of one key, up to and including the offsets of `upTo` where given (nothing of a partition it does not name); records
   * of later offsets are not even read. `also` is a record to take although the index does not know it as one of the key's.
   */
  async historyOf(
    key: EntityKey,
    decisionOn: DecisionLookup,
    upTo: PositionVector | null,
    also?: Place,
  ): Promise<KeyHistory> {
    const records: LogRecord[] = [];
    for (const run of runsWith(this.index.recordsOf(key), also)) {
      const { topic, partition } = splitPartitionKey(run.partition);
      const last = upTo === null ? null : (upTo.get(run.partition) ?? -1n);
      const offsets = last === null ? run.offsets : run.offsets.filter((offset) => offset <= last);
      if (offsets.length === 0) continue;
      const readings = await this.#reader.read(topic, partition, offsets);
      for (const [index, reading] of readings.entries()) {
        if (reading.kind === 'missing')
          return { kind: 'lost', why: reading.why, topic, partition, offset: offsets[index] ?? -1n };
        records.push(reading.record);
      }
    }
    return { kind: 'complete', steps: rebuild(key, records, (topic) => this.#rulesOf(topic), decisionOn) };
  }

  #rulesOf(topic: string): TopicRules {
    return sourceTopic(this.#topics, topic) ?? { about: null, tenant: null };
  }

  /** The entity right after the record at `place`; undefined when that record left none. */
  async entityAt(
    key: EntityKey,
    place: Place,
    decisionOn: DecisionLookup,
  ): Promise<{ kind: 'entity'; entity: Entity | undefined } | Extract<KeyHistory, { kind: 'lost' }>> {
    const upTo = new Map([[partitionKey(place.topic, place.partition), place.offset]]);
    const history = await this.historyOf(key, decisionOn, upTo);
    return history.kind === 'lost' ? history : { kind: 'entity', entity: history.steps.at(-1)?.after };
  }

  async recordAt(place: Place): Promise<RecordReading> {
    const [reading] = await this.#reader.read(place.topic, place.partition, [place.offset]);
    return reading ?? { kind: 'missing', why: 'beyond_end' };
  }
}

function runsWith(runs: readonly KeyRecords[], also: Place | undefined): readonly KeyRecords[] {
  if (also === undefined) return runs;
  const partition = partitionKey(also.topic, also.partition);
  const offsets = runs.find((run) => run.partition === partition)?.offsets ?? [];
  if (offsets.includes(also.offset)) return runs;
  const joined = [...offsets, also.offset].sort((a, b) => (a < b ? -1 : 1));
  return [...runs.filter((run) => run.partition !== partition), { partition, offsets: joined }];
}
