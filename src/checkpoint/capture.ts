/** Takes everything out of a running service as of one instant, and writes it as a checkpoint. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedIds } from '../audit/recorded-ids.js';
import { epochsOf } from '../domain/epochs.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import type { JournalIndex } from '../journal/journal-index.js';
import { limits } from '../limits.js';
import type { EventLog, RecordReader } from '../log/port.js';
import type { RejectedLog } from '../log/rejected-log.js';
import type { TopicMap } from '../log/topics.js';
import type { CapturableState } from './contents.js';
import { type Captured, chunksOf } from './format.js';
import { type Anchor, anchorOf, codeOf, type Header } from './header.js';
import type { Chunk } from './port.js';

export interface CaptureParts {
  readonly log: EventLog & RecordReader;
  readonly state: CapturableState;
  readonly index: JournalIndex;
  readonly rejected: RejectedLog;
  readonly recorded: RecordedIds;
  readonly topics: TopicMap;
  readonly clock: { wallMs(): number };
  /** Where a copy of a log that others own began; absent: the log has had all its records. */
  readonly begun?: PositionVector;
}

interface Capture {
  readonly through: ReadonlyMap<PartitionKey, bigint>;
  readonly recordedThrough: bigint;
  /** Laid out chunk by chunk, as whoever writes them asks for them. */
  readonly chunks: Iterable<Chunk>;
}

/** Rejects when the log cannot be asked, when it cannot put on its disk what it has shown, or when its parts do not agree for a long time. */
export async function capture(parts: CaptureParts): Promise<Capture> {
  const starts = await parts.log.starts();
  const captured = await capturedTogether(parts, starts);
  const through = new Map([...captured.state.progress].map(([key, made]) => [key, made.through]));
  // A power failure must not take from under a checkpoint what it was made of, least of all from under a base.
  await parts.log.settle?.();
  const header = await headerOf(parts, captured);
  return { through, recordedThrough: captured.recorded.through, chunks: chunksOf(header, captured) };
}

/** Between a write of the state and the decision in it coming into effect lies a moment in which nothing must be taken out. */
async function capturedTogether(parts: CaptureParts, starts: ReadonlyMap<PartitionKey, bigint>): Promise<Captured> {
  for (let turn = 0; turn < limits.captureTurnsMax; turn++) {
    const captured = capturedNow(parts, starts);
    if (captured !== undefined) return captured;
    await nextTurn();
  }
  throw new Error('the state and the rejected events did not come to agree how far they are');
}

/** One instant: nothing here waits for anything. */
function capturedNow(parts: CaptureParts, starts: ReadonlyMap<PartitionKey, bigint>): Captured | undefined {
  const state = parts.state.capture();
  const through = new Map([...state.progress].map(([key, made]) => [key, made.through]));
  const rejected = parts.rejected.capture(through.get(partitionKey(parts.topics.rejected, 0)) ?? -1n);
  if (rejected === undefined) return undefined;
  const recorded = parts.recorded.capture(starts.get(partitionKey(parts.topics.context, 0)) ?? 0n);
  return { state, index: parts.index.capture(through, starts), rejected, recorded };
}

async function headerOf(parts: CaptureParts, captured: Captured): Promise<Omit<Header, 'format'>> {
  const { log, topics, clock } = parts;
  const progress: Header['progress'] = [];
  for (const [partition, { through, counts }] of captured.state.progress) {
    progress.push({ partition, through, counts: { ...counts }, anchor: await anchorAt(log, partition, through) });
  }
  const vector = new Map(progress.map(({ partition, through }) => [partition, through]));
  const { through } = captured.recorded;
  const audit = { through, anchor: await anchorAt(log, partitionKey(topics.context, 0), through) };
  return {
    code: codeOf(topics),
    log: log.id,
    ...(log.copyId === undefined ? {} : { copy: log.copyId }),
    incarnations: Object.fromEntries(log.topics().map(({ name, incarnation }) => [name, incarnation.id])),
    begun: Object.fromEntries(parts.begun ?? []),
    epochs: Object.fromEntries(epochsOf(log.epochs, vector)),
    writtenAtMs: clock.wallMs(),
    progress,
    rejectedThrough: captured.rejected.through,
    audit,
  };
}

/** Null where there is no record to hold on to. */
export async function anchorAt(
  log: Pick<RecordReader, 'read'>,
  key: PartitionKey,
  offset: bigint,
): Promise<Anchor | null> {
  const found = await anchorOrEnd(log, key, offset);
  return found === 'beyond_end' ? null : found;
}

/** The same, told apart from an offset that the log, or the copy of it that is read, has not come to. */
export async function anchorOrEnd(
  log: Pick<RecordReader, 'read'>,
  key: PartitionKey,
  offset: bigint,
): Promise<Anchor | null | 'beyond_end'> {
  if (offset < 0n) return null;
  const { topic, partition } = splitPartitionKey(key);
  const [reading] = await log.read(topic, partition, [offset]);
  if (reading?.kind === 'found') return anchorOf(reading.record);
  return reading?.why === 'beyond_end' ? 'beyond_end' : null;
}
