/**
 * Can a snapshot be judged yet? After a restart the state and the journal's index are being rebuilt; until they cover what the
 * snapshot was built from, an older record looks like its last one and every comparison would be false.
 */
import type { RecordedEntry } from '../audit/port.js';
import type { Clock } from '../domain/clock.js';
import { commonPart, epochsFromJson } from '../domain/epochs.js';
import { meetOf, vectorFromJson } from '../domain/position.js';
import { within } from '../domain/within.js';
import type { Journal } from '../journal/journal.js';
import { limits } from '../limits.js';
import type { EventLog } from '../log/port.js';
import { readManifest } from '../snapshot/recorded.js';
import type { StateReader } from '../state/port.js';

export type Coverage =
  | { readonly kind: 'covered' }
  /** The log has the records; they are still to be applied. */
  | { readonly kind: 'behind'; readonly records: bigint };

export interface CoverageParts {
  readonly log: Pick<EventLog, 'id' | 'ends' | 'epochs'>;
  readonly state: Pick<StateReader, 'through'>;
  /** Its index may be behind a state that outlived its process. */
  readonly journal: Pick<Journal, 'through'>;
  readonly clock: Clock;
}

/** Positions that the log has lost, or that are past its end, are nothing to wait for: the replay says that they are gone. */
export async function coverageOf(
  { log, state, journal, clock }: CoverageParts,
  entry: RecordedEntry,
): Promise<Coverage> {
  const stamp = readManifest(entry.manifest)?.parsed.stamp;
  if (stamp === undefined || stamp.log !== log.id) return { kind: 'covered' };
  const through = meetOf(await state.through(), await journal.through());
  const wanted = commonPart(log.epochs, vectorFromJson(stamp.through), epochsFromJson(stamp.epochs));
  const lacking = [...wanted].filter(([key, offset]) => offset > (through.get(key) ?? -1n));
  if (lacking.length === 0) return { kind: 'covered' };
  // Without an answer the log may well have the records: better to be asked again than to call a snapshot what it is not.
  const ends = await within(clock, log.ends(), limits.logAskMs);
  let records = 0n;
  for (const [key, offset] of lacking) {
    if (ends === undefined || offset < (ends.get(key) ?? 0n)) records += offset - (through.get(key) ?? -1n);
  }
  return records === 0n ? { kind: 'covered' } : { kind: 'behind', records };
}
