/** Checkpoints as an onlooker finds them: nothing is locked, nothing is changed. */
import { beginningsOf } from './beginnings.js';
import { type ChoiceParts, usableCheckpoint } from './choose.js';
import { codeOf } from './header.js';
import { type CheckpointName, textOf } from './port.js';

export interface FoundCheckpoint {
  /** `checkpoint 12`, `base 9`. */
  readonly name: string;
  readonly role: CheckpointName['role'];
  /** Why a start would pass it over; null for one that it would take. */
  readonly fault: string | null;
  /** Milliseconds since 1970; null where it cannot be read. */
  readonly writtenAtMs: number | null;
}

export interface CheckpointsFound {
  /** Newest first. */
  readonly checkpoints: readonly FoundCheckpoint[];
  /** Records before the first that is kept, of all topics. */
  readonly recordsExpired: bigint;
}

/** `names` were listed before the log was opened: it could end before what a running server has written since. */
export async function inspectCheckpoints(
  parts: ChoiceParts,
  names: readonly CheckpointName[],
): Promise<CheckpointsFound> {
  const checkpoints: FoundCheckpoint[] = [];
  for (const name of names) checkpoints.push(await found(parts, name));
  // What a running server has removed meanwhile is missed by nobody.
  const kept = new Set((await parts.store.list()).map(textOf));
  let recordsExpired = 0n;
  const begun = await beginningsOf(parts);
  for (const [partition, start] of await parts.log.starts()) recordsExpired += start - (begun.get(partition) ?? 0n);
  return { checkpoints: checkpoints.filter(({ name }) => kept.has(name)), recordsExpired };
}

async function found(parts: ChoiceParts, name: CheckpointName): Promise<FoundCheckpoint> {
  const common = { name: textOf(name), role: name.role };
  const checkpoint = await usableCheckpoint(parts, name);
  if (typeof checkpoint === 'string') return { ...common, fault: checkpoint, writtenAtMs: null };
  const { code, writtenAtMs } = checkpoint.header;
  return {
    ...common,
    fault: code === codeOf(parts.topics) ? null : `it was made by other code or of other topics (${code})`,
    writtenAtMs,
  };
}
