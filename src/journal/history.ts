/**
 * The history of one key: its records folded in order, from the first one, or from the base where older ones have expired. Which it
 * is, or that neither is possible, is told; nothing is guessed.
 */
import type { Entity, EntityKey } from '../domain/entity.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import type { LogRecord, RecordReader, RecordReading } from '../log/port.js';
import type { JournalBase } from './base.js';
import type { KeyRecords } from './record-chains.js';

/** Why a past cannot be told; `code_version`: not by this code, since other code made what stands for the records that are gone. */
export type JournalLoss = Extract<RecordReading, { kind: 'missing' }>['why'] | 'code_version';

export interface LostPlace {
  readonly kind: 'lost';
  readonly why: JournalLoss;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** What is asked: up to where, and which decisions about rejected records may be known. */
export interface Question {
  /** Inclusive; nothing of a partition it does not name. Null: everything. */
  readonly upTo: PositionVector | null;
  readonly knows: (decisionAt: string) => boolean;
}

export type KeyRead =
  | { readonly kind: 'read'; readonly records: readonly LogRecord[]; readonly expired: LostPlace | null }
  | LostPlace;

/**
 * The kept records of `runs` that the question is about. `expired` is the newest record of the key that is known to have gone,
 * whether or not the question reaches it: a key that has lost some of its past cannot be folded from its records alone.
 */
export async function readRuns(
  reader: RecordReader,
  runs: readonly KeyRecords[],
  { upTo }: Question,
): Promise<KeyRead> {
  const records: LogRecord[] = [];
  let expired: LostPlace | null = null;
  for (const { partition: name, offsets } of runs) {
    const { topic, partition } = splitPartitionKey(name);
    const last = upTo === null ? null : (upTo.get(name) ?? -1n);
    const wanted = last === null ? offsets : offsets.filter((offset) => offset <= last);
    // Of a key whose records are all later the first one is looked at: where that has gone, earlier ones may have been before it.
    const asked = wanted.length === 0 ? offsets.slice(0, 1) : wanted;
    const readings = asked.length === 0 ? [] : await reader.read(topic, partition, asked);
    for (const [index, reading] of readings.entries()) {
      const place = { kind: 'lost', topic, partition, offset: asked[index] ?? -1n } as const;
      if (reading.kind === 'found') {
        if (wanted.length > 0) records.push(reading.record);
      } else if (reading.why === 'expired') expired = { ...place, why: reading.why };
      else if (wanted.length > 0) return { ...place, why: reading.why };
    }
  }
  return { kind: 'read', records, expired };
}

/**
 * The key as the base has it, if that is what it was at the question's positions: they cover the base, or nothing was applied between
 * them and the base; and of the decisions that shaped it none is later than the question.
 */
export function entityInBase(
  base: JournalBase,
  { key, partitions }: { readonly key: EntityKey; readonly partitions: readonly PartitionKey[] },
  { upTo, knows }: Question,
): { readonly entity: Entity | undefined } | undefined {
  const entity = base.entity(key);
  if (entity !== undefined && !entity.redrives.every(knows)) return undefined;
  if (upTo === null) return { entity };
  const position = entity?.watermark.position;
  const isReached = partitions.every((partition) => {
    const reached = upTo.get(partition) ?? -1n;
    if (reached >= (base.through.get(partition) ?? -1n) || position === undefined) return true;
    // Offsets of different topics say nothing about each other, whatever their partitions' numbers.
    const isOwn = partition === partitionKey(position.topic, position.partition);
    return isOwn && position.offset <= reached;
  });
  return isReached ? { entity } : undefined;
}

/** Records after the base: what is at or before it is in it. */
export function afterBase(base: JournalBase, records: readonly LogRecord[]): readonly LogRecord[] {
  return records.filter(({ position }) => {
    const through = base.through.get(`${position.topic}:${position.partition}`) ?? -1n;
    return position.offset > through;
  });
}
