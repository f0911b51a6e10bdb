/**
 * Time travel: the answer as of the positions a token names, from the journal alone, so that nothing later can be seen. A partition
 * the token does not name means nothing of it; the token of a reply names every partition that the reply was read from.
 */
import type { PositionVector } from '../domain/position.js';
import { meetOf, splitPartitionKey } from '../domain/position.js';
import type { Journal, KeyHistory } from '../journal/journal.js';
import { limits } from '../limits.js';
import type { StateReader } from '../state/port.js';
import { type ConsistencyParts, type Reached, reach } from './consistency.js';
import type { Freshness } from './freshness.js';
import type { Consistency } from './request.js';

/** A record that the past would have to be rebuilt from is no longer kept. */
export type LostRecord = Extract<KeyHistory, { kind: 'lost' }>;

export interface PastSubject {
  readonly tenant: string;
  /** Null: the tenant's policies alone. */
  readonly accountId: string | null;
}

/** How the past is opened and searched. */
export interface Past {
  open(
    subject: PastSubject,
    through: PositionVector,
  ): Promise<{ readonly kind: 'opened'; readonly state: StateReader } | LostRecord>;
  readonly journal: Pick<Journal, 'recordAt' | 'through'>;
}

/** Never fresh: it is not even meant to be. No age, since how far the log had come by then is not measured. */
export const freshnessAsOf: Freshness = { label: 'stale', ageMs: null, reasons: [{ code: 'as_of' }] };

/**
 * Waits until the journal's index covers the positions; half a past is none, so `mark` waits too. How recent the state is does not
 * matter, nor does the level. Undefined: covered.
 */
export async function reachPast(
  parts: ConsistencyParts & { readonly past: Pick<Past, 'journal'> },
  asOf: PositionVector,
  { deadlineMs, onViolation }: Pick<Consistency, 'deadlineMs' | 'onViolation'>,
): Promise<Extract<Reached, { kind: 'refused' }> | undefined> {
  const wanted = {
    level: 'at_least',
    atLeast: asOf,
    maxStalenessMs: limits.maxStalenessMsDefault,
    deadlineMs,
  } as const;
  const waiting = onViolation === 'refuse' ? 'refuse' : 'wait';
  const { state, past } = parts;
  const covered = async () => meetOf(await state.through(), await past.journal.through());
  const both: ConsistencyParts['state'] = { through: covered, watch: (listener) => state.watch(listener) };
  const reached = await reach({ ...parts, state: both }, { ...wanted, onViolation: waiting }, []);
  if (reached.kind !== 'refused') return undefined;
  const through = await covered();
  let behind = 0n;
  for (const [partition, offset] of asOf) {
    const applied = through.get(partition) ?? -1n;
    if (offset > applied) behind += offset - applied;
  }
  return { ...reached, behind };
}

/**
 * The evaluation instant of the past: when the log took the last of the records at the positions, milliseconds since 1970; 0 where
 * none is named, which is before everything.
 */
export async function instantOf(
  { journal }: Pick<Past, 'journal'>,
  asOf: PositionVector,
): Promise<number | LostRecord> {
  let newestMs = 0;
  for (const [key, offset] of asOf) {
    const place = { ...splitPartitionKey(key), offset };
    const reading = await journal.recordAt(place);
    if (reading.kind === 'missing') return { kind: 'lost', why: reading.why, ...place };
    newestMs = Math.max(newestMs, reading.record.timestampMs);
  }
  return newestMs;
}
