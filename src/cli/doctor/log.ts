/** Checks of the log's folder, as an onlooker: nothing is locked, nothing is changed. */
import type { LogFindings, LogHolder, LogInspection } from '../composition.js';
import { type Check, failedBy, ok, warn } from './check.js';
import { checkCheckpoints } from './checkpoints.js';

export async function checkLog(inspection: LogInspection): Promise<readonly Check[]> {
  if (!inspection.exists) {
    return [
      warn('log', `there is none in ${inspection.folder}`, 'Load events, or run `tidemark serve` or `tidemark demo`.'),
    ];
  }
  const holder = await inspection.holder().then(
    (found) => ({ found, check: lockCheck(found) }),
    (error: unknown) => ({ found: undefined, check: failedBy('lock', error) }),
  );
  return [...(await recordsChecks(inspection, holder.found?.alive === true)), holder.check];
}

async function recordsChecks(inspection: LogInspection, isServed: boolean): Promise<readonly Check[]> {
  try {
    const findings = await inspection.check();
    const { checkpoints } = findings;
    return [
      recordsCheck(inspection, findings, isServed),
      ...(checkpoints === null ? [] : checkCheckpoints(checkpoints)),
    ];
  } catch (error) {
    return [failedBy('log', error)];
  }
}

function recordsCheck({ folder }: LogInspection, { records, topics, tornEnds }: LogFindings, isServed: boolean): Check {
  const found = `${folder}: ${records} records in ${topics} topics, every checksum holds`;
  const [torn] = tornEnds;
  if (torn === undefined || isServed) return ok('log', found);
  return warn(
    'log',
    `${found}; ${tornEnds.length} unfinished writes, such as ${torn.bytes} bytes in ${torn.file}`,
    'Nothing to do: they were never acknowledged, and the next server cuts them off.',
  );
}

function lockCheck(holder: LogHolder | undefined): Check {
  if (holder === undefined) return ok('lock', 'free: no server runs');
  const { pid, host, alive, url } = holder;
  if (!alive)
    return warn('lock', `left by process ${pid}, which is gone`, 'Nothing to do: the next server takes it over.');
  const where = url === null ? 'which has no address yet' : `which answers at ${url}`;
  return ok('lock', `held by process ${pid} on ${host}, ${where}`);
}
