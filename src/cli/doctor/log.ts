/** Checks of the folder of a log or of a journal, as an onlooker: nothing is locked, nothing is changed. */
import type { ArchiveInspection, LogFindings, LogHolder, LogInspection } from '../composition.js';
import { type Check, failedBy, ok, warn } from './check.js';
import { checkCheckpoints } from './checkpoints.js';

export async function checkLog(inspection: LogInspection): Promise<readonly Check[]> {
  const archive = inspection.archive === undefined ? [] : [await archiveCheck(inspection.archive)];
  return [...archive, ...(await folderChecks(inspection))];
}

async function archiveCheck({ where, look }: ArchiveInspection): Promise<Check> {
  return look().then(
    () => ok('archive', `${where} answers`),
    (error: unknown) => failedBy('archive', error),
  );
}

async function folderChecks(inspection: LogInspection): Promise<readonly Check[]> {
  if (!inspection.exists) return [absent(inspection)];
  const holder = await inspection.holder().then(
    (found) => ({ found, check: lockCheck(found) }),
    (error: unknown) => ({ found: undefined, check: failedBy('lock', error) }),
  );
  return [...(await recordsChecks(inspection, holder.found?.alive === true)), holder.check];
}

function absent({ kind, folder, archive }: LogInspection): Check {
  if (kind === 'journal' && archive !== undefined)
    return ok(
      'journal',
      `none in ${folder} yet: the next start restores what the archive has, and copies what the topics have`,
    );
  if (kind === 'journal') return ok('journal', `none in ${folder} yet: the first start copies what the topics have`);
  return warn('log', `there is none in ${folder}`, 'Load events, or run `tidemark serve` or `tidemark demo`.');
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
    return [failedBy(inspection.kind, error)];
  }
}

function recordsCheck(
  { kind, folder }: LogInspection,
  { records, topics, tornEnds }: LogFindings,
  isServed: boolean,
): Check {
  const found = `${folder}: ${records} records in ${topics} topics, every checksum holds`;
  const [torn] = tornEnds;
  if (torn === undefined || isServed) return ok(kind, found);
  return warn(
    kind,
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
