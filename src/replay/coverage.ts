/**
 * Can a snapshot be judged yet? After a restart the state and the journal's index are being rebuilt; until they cover what the
 * snapshot was built from, an older record looks like its last one and every comparison would be false.
 */
import type { RecordedEntry } from '../audit/port.js';
import { vectorFromJson } from '../domain/position.js';
import type { EventLog } from '../log/port.js';
import { readManifest } from '../snapshot/recorded.js';
import type { StateReader } from '../state/port.js';

export type Coverage =
  | { readonly kind: 'covered' }
  /** The log has the records; they are still to be applied. */
  | { readonly kind: 'behind'; readonly records: bigint };

/** Positions past the end of the log are nothing to wait for: the replay says that they are gone. */
export async function coverageOf(
  { log, state }: { readonly log: Pick<EventLog, 'id' | 'ends'>; readonly state: Pick<StateReader, 'through'> },
  entry: RecordedEntry,
): Promise<Coverage> {
  const stamp = readManifest(entry.manifest)?.parsed.stamp;
  if (stamp === undefined || stamp.log !== log.id) return { kind: 'covered' };
  const through = await state.through();
  const lacking = [...vectorFromJson(stamp.through)].filter(([key, offset]) => offset > (through.get(key) ?? -1n));
  if (lacking.length === 0) return { kind: 'covered' };
  const ends = await log.ends();
  let records = 0n;
  for (const [key, offset] of lacking) {
    if (offset < (ends.get(key) ?? 0n)) records += offset - (through.get(key) ?? -1n);
  }
  return records === 0n ? { kind: 'covered' } : { kind: 'behind', records };
}
