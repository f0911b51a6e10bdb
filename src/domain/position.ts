/** Positions in a log, and vectors of them. Offsets are `bigint` inside and decimal strings on the wire. */

/**
 * A topic's identity. A topic that is deleted and created again under the same name is another incarnation: its offsets and
 * epochs start over, so only the id tells them apart. `ordinal` counts, from 1, the incarnations of this name that this log
 * has accepted; it orders what the ids cannot.
 */
export interface Incarnation {
  readonly id: string;
  readonly ordinal: number;
}

/** Where a record is. The log's own id is a fact of the log and is stamped once per snapshot, not per position. */
export interface Position {
  readonly topic: string;
  readonly incarnation: Incarnation;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: bigint;
}

/** Names one partition of one topic; `topic:partition`, topic names hold no colon. */
export type PartitionKey = `${string}:${number}`;

export function partitionKey(topic: string, partition: number): PartitionKey {
  return `${topic}:${partition}`;
}

/** `topic:partition:offset`, the form people and plain producers write. */
export function positionText(position: Pick<Position, 'topic' | 'partition' | 'offset'>): string {
  return `${position.topic}:${position.partition}:${position.offset}`;
}

const POSITION_TEXT = /^([A-Za-z0-9._-]{1,249}):(0|[1-9][0-9]{0,9}):(0|[1-9][0-9]{0,18})$/;

export interface PositionName {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Reads `topic:partition:offset`; undefined when the text is not of that form. */
export function parsePositionText(text: string): PositionName | undefined {
  const match = POSITION_TEXT.exec(text);
  if (match === null) return undefined;
  const [, topic = '', partition = '', offset = ''] = match;
  return { topic, partition: Number(partition), offset: BigInt(offset) };
}

/**
 * Orders two positions of one key: incarnation, then leader epoch, then offset. Positions of different partitions are never
 * compared; asking for it is a programmer error.
 */
export function comparePositions(a: Position, b: Position): -1 | 0 | 1 {
  if (a.topic !== b.topic || a.partition !== b.partition) {
    throw new Error('positions of different partitions have no order');
  }
  if (a.incarnation.ordinal !== b.incarnation.ordinal) return a.incarnation.ordinal < b.incarnation.ordinal ? -1 : 1;
  if (a.leaderEpoch !== b.leaderEpoch) return a.leaderEpoch < b.leaderEpoch ? -1 : 1;
  if (a.offset !== b.offset) return a.offset < b.offset ? -1 : 1;
  return 0;
}

/**
 * Per partition the offset through which everything is meant, inclusive. A partition that is absent means "nothing of it".
 * Merging takes the larger offset of each partition.
 */
export type PositionVector = ReadonlyMap<PartitionKey, bigint>;

export function mergeVectors(vectors: readonly PositionVector[]): PositionVector {
  const merged = new Map<PartitionKey, bigint>();
  for (const vector of vectors) {
    for (const [partition, offset] of vector) {
      const known = merged.get(partition);
      if (known === undefined || offset > known) merged.set(partition, offset);
    }
  }
  return merged;
}

/** What both vectors cover. */
export function meetOf(a: PositionVector, b: PositionVector): PositionVector {
  const met = new Map<PartitionKey, bigint>();
  for (const [partition, offset] of a) {
    const other = b.get(partition);
    if (other !== undefined) met.set(partition, other < offset ? other : offset);
  }
  return met;
}

/** True when `through` has reached every offset that `wanted` names. */
export function covers(through: PositionVector, wanted: PositionVector): boolean {
  for (const [partition, offset] of wanted) {
    const reached = through.get(partition);
    if (reached === undefined || reached < offset) return false;
  }
  return true;
}

export function splitPartitionKey(key: PartitionKey): { readonly topic: string; readonly partition: number } {
  const colon = key.lastIndexOf(':');
  return { topic: key.slice(0, colon), partition: Number(key.slice(colon + 1)) };
}

/** `{ topic: { partition: offset } }`, the shape of `through` on the wire, topics and partitions in order. */
export function vectorToJson(vector: PositionVector): Record<string, Record<string, string>> {
  const rows = [...vector].map(([key, offset]) => ({ ...splitPartitionKey(key), offset }));
  rows.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
  const topics = new Map<string, [string, string][]>();
  for (const { topic, partition, offset } of rows) {
    const entries = topics.get(topic) ?? [];
    entries.push([String(partition), String(offset)]);
    topics.set(topic, entries);
  }
  return Object.fromEntries([...topics].map(([topic, entries]) => [topic, Object.fromEntries(entries)]));
}

export function vectorFromJson(json: Readonly<Record<string, Readonly<Record<string, string>>>>): PositionVector {
  const vector = new Map<PartitionKey, bigint>();
  for (const [topic, partitions] of Object.entries(json)) {
    for (const [partition, offset] of Object.entries(partitions)) {
      vector.set(partitionKey(topic, Number(partition)), BigInt(offset));
    }
  }
  return vector;
}
