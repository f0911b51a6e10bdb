/**
 * What is read from the log to be applied, from where to where: a session lasts until what is owned changes or the state goes back; the
 * next one begins where the state is. Sources and decisions are read side by side, since a decision may have to wait for a copy.
 */
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';
import type { EventLog, LogBatch } from '../log/port.js';
import type { StateStore } from '../state/port.js';
import type { DeliveredBatch } from './apply.js';
import type { HeldParts } from './held.js';
import type { Ownership } from './ownership.js';

export interface SessionParts extends HeldParts {
  readonly log: EventLog;
  readonly state: StateStore;
  readonly ownership: Ownership;
  /**
   * The partitions of which the log no longer has what a state at `through` lacks: nothing can be folded on top of it here. Rejects when
   * nobody else can either. Absent: it has everything.
   */
  readonly missingAt?: MissingAt;
}

export type MissingAt = (through: PositionVector) => Promise<readonly PartitionKey[]>;

export interface Session {
  readonly from: PositionVector;
  /** Where delivery begins, per partition that the state has something of. */
  readonly begins: Map<PartitionKey, bigint>;
}

/** Behind every offset that a log can give out: nothing of the partition is delivered. */
const NEVER = 2n ** 62n;

/** From where the state is, or the index where that knows less: no record is applied that the index has a gap before. */
export async function beginSession(parts: SessionParts): Promise<Session> {
  const { state, log, journal, rejected, ownership, topics } = parts;
  const [through, known, starts] = [await state.through(), await journal.through(), await log.starts()];
  const missing = new Set(await parts.missingAt?.(through));
  const from = new Map<PartitionKey, bigint>();
  const begins = new Map<PartitionKey, bigint>();
  for (const partition of partitionsOf(parts)) {
    const applied = through.get(partition);
    const isOurs = ownership.owns(partition) && !missing.has(partition);
    if (!isOurs) from.set(partition, NEVER);
    if (!isOurs || applied === undefined) continue;
    const areDecisions = partition === partitionKey(topics.rejected, 0);
    const noted = areDecisions ? rejected.adoptedThrough : (known.get(partition) ?? -1n);
    const next = (noted < applied ? noted : applied) + 1n;
    if (next > 0n) from.set(partition, next);
    const start = starts.get(partition) ?? 0n;
    begins.set(partition, next > start ? next : start);
  }
  return { from, begins };
}

function partitionsOf({ log, topics }: SessionParts): readonly PartitionKey[] {
  const names = new Set([...topics.sources.map(({ name }) => name), topics.rejected]);
  return log
    .topics()
    .filter(({ name }) => names.has(name))
    .flatMap(({ name, partitions }) => Array.from({ length: partitions }, (_, number) => partitionKey(name, number)));
}

/** Each batch with where it begins: where the one before it ended. */
export async function* delivered(
  batches: AsyncIterable<LogBatch>,
  { begins }: Session,
): AsyncGenerator<DeliveredBatch, void, void> {
  for await (const batch of batches) {
    const partition = partitionKey(batch.topic, batch.partition);
    const begin = begins.get(partition);
    begins.set(partition, batch.nextOffset);
    yield { batch, begin };
  }
}
