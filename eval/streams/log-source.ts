/**
 * A stream that a log holds: partitions of a journal or of Kafka topics, each in its own order, merged by when their records were
 * taken. Where the clock of a log went back, its partition's order wins: that is the one the service folds by.
 */

import type { LogRecord, RecordReader } from '../../src/log/port.js';
import type { DecisionEntry, RecordEntry, SourceEntry, StreamSource } from './source.js';

/** From `from` up to but not at `to`. */
export interface PartitionRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export interface LogStream {
  readonly name: string;
  readonly ranges: readonly PartitionRange[];
  /** Of the topic of operators' decisions. Absent: none are read. */
  readonly decided?: readonly PartitionRange[];
  /** What a record of these decides; undefined: nothing. */
  readonly decisionIn?: (record: LogRecord) => DecisionEntry['decision'] | undefined;
  readonly scan: RecordReader['scan'];
  /** What was noticed at opening: expired beginnings, topics that are left out. */
  readonly notices: readonly string[];
  close(): Promise<void>;
}

export function logSource({ name, ranges, decided = [], decisionIn, scan, notices, close }: LogStream): StreamSource {
  // A decision comes after what it is about, also where both were taken within a millisecond.
  const ordered = [...[...ranges].sort(byPlace), ...decided];
  const owns = new Set(decided.map(({ topic }) => topic));
  const entryIn = (record: LogRecord) =>
    owns.has(record.position.topic) ? decisionOf(record, decisionIn?.(record)) : entryOf(record);
  return {
    name,
    entries: () =>
      merged(
        ordered.map((range) => new Head(range, scan)),
        entryIn,
      ),
    questions: async () => [],
    notices: () => notices,
    close,
  };
}

/** In what order the partitions of a log are told is chance; of equal instants the order must be the same each time, wherever it is read. */
export function byPlace(a: PartitionRange, b: PartitionRange): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

async function* merged(
  heads: readonly Head[],
  entryIn: (record: LogRecord) => SourceEntry | undefined,
): AsyncGenerator<SourceEntry, void, void> {
  try {
    await Promise.all(heads.map((head) => head.advance()));
    for (let next = earliest(heads); next !== undefined; next = earliest(heads)) {
      const { record } = next;
      const entry = record && entryIn(record);
      if (entry !== undefined) yield entry;
      await next.advance();
    }
  } finally {
    await Promise.all(heads.map((head) => head.close()));
  }
}

/** Of equal instants the first in the order of the ranges. */
function earliest(heads: readonly Head[]): Head | undefined {
  let found: Head | undefined;
  for (const head of heads) {
    if (head.record !== undefined && (found === undefined || head.takenAtMs < found.takenAtMs)) found = head;
  }
  return found;
}

function entryOf({ position, timestampMs, key, headers, value }: LogRecord): RecordEntry & SourceEntry {
  const { topic, partition, offset } = position;
  return { at: timestampMs, record: { topic, key, headers, value }, position: { topic, partition, offset } };
}

function decisionOf(
  { position: { topic, partition, offset }, timestampMs }: LogRecord,
  decision: DecisionEntry['decision'] | undefined,
): (DecisionEntry & SourceEntry) | undefined {
  return decision && { at: timestampMs, decision, position: { topic, partition, offset } };
}

/** How far one partition has been read. */
class Head {
  /** Undefined: there are no more. */
  record: LogRecord | undefined;
  /** The latest timestamp so far. */
  takenAtMs = Number.NEGATIVE_INFINITY;
  readonly #slices: AsyncIterator<readonly LogRecord[]>;
  #slice: readonly LogRecord[] = [];
  #next = 0;

  constructor({ topic, partition, from, to }: PartitionRange, scan: RecordReader['scan']) {
    this.#slices = scan(topic, partition, from, to)[Symbol.asyncIterator]();
  }

  async advance(): Promise<void> {
    while (this.#next >= this.#slice.length) {
      const { done, value } = await this.#slices.next();
      if (done === true) {
        this.record = undefined;
        return;
      }
      this.#slice = value;
      this.#next = 0;
    }
    this.record = this.#slice[this.#next++];
    this.takenAtMs = Math.max(this.takenAtMs, this.record?.timestampMs ?? 0);
  }

  async close(): Promise<void> {
    await this.#slices.return?.();
  }
}

/** One line for a partition whose beginning is gone. */
export function expiredNotice({ topic, partition, from }: PartitionRange): string {
  return `${topic}:${partition} begins at ${from}: what came before has expired`;
}
