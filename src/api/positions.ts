/**
 * How far every partition is: kept, appended, applied, committed, and whether every record is accounted for (P1). What only the state
 * knows is null while it cannot be asked; the rest is told all the same, for that is when somebody looks here.
 */
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../domain/position.js';
import { within } from '../domain/within.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { PartitionTrouble } from '../log/trouble.js';
import type { PartitionState } from '../materializer/transitions.js';
import { type FreshnessLabel, judge } from '../snapshot/freshness.js';
import { type TroubleAt, troublesAmong } from '../snapshot/troubles.js';
import type { PartitionAge } from '../snapshot/witness.js';
import type { OutcomeCounts, PartitionProgress } from '../state/port.js';
import type { ApiService } from './service.js';

export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  /** Null: the state cannot be asked. */
  readonly applied: AppliedPart | null;
  readonly committed: bigint | null;
  /** The next offset to be written. */
  readonly highWatermark: bigint;
  readonly firstKept: bigint;
  /** Age of the witness; null: no end of the log asked for is known to have been reached. */
  readonly ageMs: number | null;
  /** Null: it is not known. */
  readonly state: PartitionState | null;
  readonly label: FreshnessLabel;
  /** What keeps it from its end. */
  readonly trouble: PartitionTrouble | null;
  /** Its records become state. Those of the audit do not: it is shown while something has happened to it. */
  readonly isApplied: boolean;
}

export interface AppliedPart {
  /** Everything up to and including it is in the state; null while nothing is. */
  readonly through: bigint | null;
  readonly lagRecords: bigint;
  readonly counts: OutcomeCounts;
  readonly accountedFor: Accounting;
}

/** P1: every record at or below `appliedThrough` is counted in exactly one outcome. */
export interface Accounting {
  /** That the log has given out: it counts them itself. */
  readonly records: bigint;
  readonly counted: bigint;
}

const nothing: PartitionProgress = { through: -1n, counts: { applied: 0, superseded: 0, duplicate: 0, rejected: 0 } };

/** Rejects with `unreachable` when the log does not answer within `limits.logAskMs`: no guess. */
export async function positionsOf(service: ApiService): Promise<readonly PartitionPosition[]> {
  const { log, state, clock } = service.engines;
  await orUnknown(service.witness.look());
  // Nothing rests on what has been committed: a coordinator that moves, or may not be asked, costs one column.
  const committing = within(clock, log.committed(), limits.logAskMs);
  const asked = Promise.all([log.starts(), log.ends()]);
  const answered = await within(clock, asked, limits.logAskMs);
  if (answered === undefined) throw logSilent();
  const [starts, ends] = answered;
  const committed: PositionVector = (await committing) ?? new Map();
  // Progress is read after the ends: it may have passed them, which is no lag, but never trails what it is held against.
  const progress = await orUnknown(state.progress());
  const through = new Map([...(progress ?? [])].map(([partition, known]) => [partition, known.through]));
  const partitions = appliedPartitions(service);
  const given = await recordsGiven(service, through);
  const troubles = new Map(service.witness.troubles(partitions).map((found) => [found.partition, found]));
  const ages = service.witness.ages(partitions, through);
  const applied = ages.map((age) => {
    const known = progress && (progress.get(age.partition) ?? nothing);
    const end = ends.get(age.partition) ?? 0n;
    const marks = {
      end,
      start: starts.get(age.partition) ?? 0n,
      committed: committed.get(age.partition) ?? null,
      given: given.get(age.partition) ?? 0n,
    };
    const seen = { state: service.materializer.states.get(age.partition), found: troubles.get(age.partition) };
    return positionOf(known === undefined ? { ...age, ageMs: null } : age, known, { ...marks, ...seen });
  });
  return [...applied, ...auditTroubles(service, { starts, ends, committed })];
}

/** Undefined: the state cannot be asked. */
async function orUnknown<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'state_unavailable') return undefined;
    throw error;
  }
}

interface Vectors {
  readonly starts: PositionVector;
  readonly ends: PositionVector;
  readonly committed: PositionVector;
}

/** Without them nobody would hear why a snapshot cannot be put on record, or know what to accept. Nothing of it is applied or counted. */
function auditTroubles({ engines, witness }: ApiService, at: Vectors): readonly PartitionPosition[] {
  return witness.troubles([partitionKey(engines.topics.context, 0)]).map((found) => {
    const { partition } = found;
    const end = at.ends.get(partition) ?? 0n;
    // What there is of it has been read: its trouble alone makes the label.
    const age = { partition, ageMs: 0, behind: 0n, through: end - 1n };
    const marks = {
      end,
      start: at.starts.get(partition) ?? 0n,
      committed: at.committed.get(partition) ?? null,
      given: 0n,
    };
    const known = { ...nothing, through: end - 1n };
    const shown = positionOf(age, known, { ...marks, state: undefined, found });
    const applied = shown.applied && { ...shown.applied, through: null };
    return { ...shown, applied, ageMs: null, isApplied: false };
  });
}

async function recordsGiven({ engines: { log, clock } }: ApiService, through: PositionVector) {
  const given = await within(clock, log.recordsThrough(through), limits.logAskMs);
  if (given === undefined) throw logSilent();
  return given;
}

function logSilent(): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: 'the log does not tell how far it is',
    advice: 'Ask again; if it repeats, look after the log. Reads go on and are labelled.',
    retriable: true,
  });
}

interface Marks {
  readonly end: bigint;
  readonly start: bigint;
  readonly committed: bigint | null;
  readonly given: bigint;
  readonly state: PartitionState | undefined;
  readonly found: TroubleAt | undefined;
}

function positionOf(age: PartitionAge, known: PartitionProgress | undefined, marks: Marks): PartitionPosition {
  const applied = known === undefined ? null : appliedPart(known, marks);
  const lagging = applied !== null && applied.lagRecords > 0n ? 'catching_up' : 'live';
  const troubles = marks.found === undefined ? [] : [marks.found];
  const measured = {
    troubles,
    blocked: [],
    maxStalenessMs: limits.maxStalenessMsDefault,
    tokensCovered: true,
    retrieval: null,
  };
  return {
    ...splitPartitionKey(age.partition),
    applied,
    committed: marks.committed,
    highWatermark: marks.end,
    firstKept: marks.start,
    ageMs: age.ageMs,
    state: marks.state ?? (applied === null ? null : lagging),
    label: judge({ ages: [age], ...measured }).label,
    trouble: marks.found?.trouble ?? null,
    isApplied: true,
  };
}

function appliedPart({ through, counts }: PartitionProgress, { end, given }: Marks): AppliedPart {
  const lag = end - 1n - through;
  return {
    through: through < 0n ? null : through,
    lagRecords: lag > 0n ? lag : 0n,
    counts,
    accountedFor: {
      // Expired ones were counted while they were there: the log has kept their number, and a checkpoint what became of them.
      records: given,
      counted: BigInt(counts.applied + counts.superseded + counts.duplicate + counts.rejected),
    },
  };
}

/** Of the source topics and the topic of rejected events, which the materializer applies; also those the topics have grown by since. */
function appliedPartitions({ engines, identity }: ApiService): readonly PartitionKey[] {
  const names = [...engines.topics.sources.map(({ name }) => name), engines.topics.rejected];
  return names.flatMap((name) => {
    const partitions = Array.from({ length: identity.partitionsOf(name) }, (_, index) => partitionKey(name, index));
    const troubled = troublesAmong(engines.log.troubles, [partitionKey(name, 0)]).map(({ partition }) => partition);
    return [...new Set([...partitions, ...troubled])];
  });
}

export function addsUp({ records, counted }: Accounting): boolean {
  return records === counted;
}
