/**
 * Snapshots that a decision or a call says it rests on must be on record, or nobody could trace it. Another tenant's do not exist, and
 * of one whose record has gone there is nothing to trace either: for all of them the answer is the same.
 */
import type { AuditLog } from '../audit/port.js';
import { type Digest, isDigest } from '../domain/canonical.js';
import type { Clock } from '../domain/clock.js';
import type { EntityEvent, InteractionEvent } from '../domain/event.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';

export interface References {
  readonly audit: Pick<AuditLog, 'find' | 'spool'>;
  readonly clock: Clock;
}

/** An event of a request, by its place there. */
export interface PlacedEvent {
  readonly index: number;
  readonly event: EntityEvent | InteractionEvent;
}

/**
 * Throws `event_rejected`, naming by index and id what is missing, and `behind`, retriable, when what others have recorded could not be
 * read to its end. What another instance has released this moment may be on its disk alone, so it is waited for before it is missing:
 * an agent asks one instance for a snapshot and the next one for leave to act on it. Only what is appended here is asked about: of a
 * record in the log the trace says what is missing.
 */
export async function checkReferences(
  references: References,
  tenant: string,
  placed: readonly PlacedEvent[],
): Promise<void> {
  const named = placed.map(({ index, event }) => ({ index, ids: snapshotsIn(event) }));
  const ids = [...new Set(named.flatMap((one) => one.ids))];
  if (ids.length === 0) return;
  if (ids.length > limits.requestReferencesMax) throw tooMany(ids.length);
  const missing = await missingOf(references, tenant, ids);
  const faults = named.flatMap(({ index, ids: mentioned }) =>
    mentioned.filter((id) => missing.has(id)).map((id) => `/${index}: snapshot_unknown: ${id} is not on record`),
  );
  if (faults.length > 0) throw unknown(faults, missing);
}

async function missingOf({ audit, clock }: References, tenant: string, ids: readonly string[]) {
  const missing = new Set<string>(ids.filter((id) => !isDigest(id)));
  // Where nothing is spooled, what was released is on record for everybody.
  const untilMs = clock.monotonicMs() + (audit.spool === null ? 0 : limits.deadlineMsDefault);
  for (let asked: readonly Digest[] = ids.filter(isDigest); ; ) {
    const findings = await Promise.all(asked.map(async (id) => ({ id, ...(await audit.find(tenant, id)) })));
    const unread = findings.find(({ kind }) => kind === 'behind');
    if (unread !== undefined) throw behind(unread.id);
    for (const { id, kind } of findings) if (kind === 'damaged' || kind === 'expired') missing.add(id);
    asked = findings.filter(({ kind }) => kind === 'not_found').map(({ id }) => id);
    if (asked.length === 0 || clock.monotonicMs() >= untilMs) return new Set([...missing, ...asked]);
    await clock.sleep(limits.auditShipPauseMs);
  }
}

function snapshotsIn(event: EntityEvent | InteractionEvent): readonly string[] {
  const named = event.about === 'interaction' ? event.data.snapshots : undefined;
  return Array.isArray(named) ? named.filter((id): id is string => typeof id === 'string') : [];
}

function unknown(faults: readonly string[], missing: ReadonlySet<string>): TidemarkError {
  return new TidemarkError({
    code: 'event_rejected',
    message: `${missing.size} of the snapshots named are not on record; nothing was appended`,
    advice: 'Name snapshots by the ids under which they were released to this tenant.',
    retriable: false,
    facts: { errors: faults.slice(0, limits.omittedMax), missing: [...missing].slice(0, limits.omittedMax) },
  });
}

function tooMany(count: number): TidemarkError {
  return new TidemarkError({
    code: 'request_too_large',
    message: 'the events name more snapshots than one request may',
    advice: 'Send them in several requests.',
    retriable: false,
    facts: { snapshots: count, snapshotsMax: limits.requestReferencesMax },
  });
}

function behind(id: string): TidemarkError {
  return new TidemarkError({
    code: 'behind',
    message: 'a snapshot is not known here yet, and what other instances have released could not be read to its end',
    advice: 'Send the same request again in a moment.',
    retriable: true,
    facts: { snapshot: id },
  });
}
