/** Checks of the checkpoints: from which a start would begin, and whether something stands for what has expired. */
import type { CheckpointsFound, FoundCheckpoint } from '../../checkpoint/inspect.js';
import { instantText } from '../../domain/time.js';
import { type Check, fail, ok, warn } from './check.js';

export function checkCheckpoints({ checkpoints, recordsExpired }: CheckpointsFound): readonly Check[] {
  const sound = checkpoints.filter(({ fault }) => fault === null);
  return [startCheck(checkpoints, sound, recordsExpired), retentionCheck(sound, recordsExpired)];
}

function startCheck(all: readonly FoundCheckpoint[], sound: readonly FoundCheckpoint[], recordsExpired: bigint): Check {
  const faults = all.flatMap(({ name, fault }) => (fault === null ? [] : [`${name}: ${fault}`])).join('; ');
  const [newest] = sound;
  if (newest === undefined && recordsExpired > 0n) {
    return fail(
      'checkpoints',
      `none can be used, and records of the log have expired${faults === '' ? '' : ` (${faults})`}`,
      'Restore the folder of checkpoints from a backup, or begin a new log and load it from the sources again.',
    );
  }
  const from =
    newest === undefined
      ? 'none can be used: a start folds the whole log'
      : `a start begins with ${newest.name}, written ${instantText(newest.writtenAtMs ?? 0)}; ${sound.length} can be used`;
  if (faults === '') return ok('checkpoints', newest === undefined ? 'none yet: a start folds the whole log' : from);
  return warn('checkpoints', `${from} (${faults})`, 'Nothing to do: what cannot be used is passed over.');
}

function retentionCheck(sound: readonly FoundCheckpoint[], recordsExpired: bigint): Check {
  if (recordsExpired === 0n) return ok('retention', 'nothing has expired');
  const base = sound.find(({ role }) => role === 'base');
  if (base !== undefined)
    return ok('retention', `${recordsExpired} records have expired; ${base.name} stands for them`);
  return warn(
    'retention',
    `${recordsExpired} records have expired, and no base stands for them`,
    'Nothing to do: a checkpoint does until retention has made another base. Some older snapshots replay as expired.',
  );
}
