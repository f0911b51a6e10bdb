/** A service on the embedded log: a folder of this machine, which is its own journal. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readLock } from '../../connectors/file/lock.js';
import { FileLog } from '../../connectors/file/log.js';
import type { FileLogReport } from '../../connectors/file/prepare.js';
import { isAlive } from '../../connectors/file/process-identity.js';
import { FileLogReader } from '../../connectors/file/reader.js';
import { inspectCheckpoints } from '../checkpoint/inspect.js';
import type { LogFindings, LogHolder, LogInspection, Notice, OpenedEngines } from '../cli/composition.js';
import { recordsFolder } from '../config/choices.js';
import { noticesOf } from '../config/combinations.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { checkpointsOf, enginesOn, retainedTopics } from './engines.js';

export async function openEmbedded(config: Config, tell: (notice: Notice) => void): Promise<OpenedEngines> {
  for (const text of noticesOf(config)) tell({ level: 'warn', text });
  const log = await FileLog.open({
    folder: recordsFolder(config),
    topics: retainedTopics(config, config.topics),
    clock: () => systemClock.wallMs(),
    onReport: (report) => tell({ level: 'warn', text: noticeOf(report) }),
  });
  const engines = enginesOn(log, config, config.topics);
  return { engines, announce: (url) => log.announce(url), close: () => log.close() };
}

export function noticeOf(report: FileLogReport): string {
  if (report.kind === 'committed_unreadable') return 'committed.json of the log made no sense and counts as empty';
  if (report.kind === 'sidecar_rebuilt') return `the index ${report.path} was not used and is made anew: ${report.why}`;
  const { bytesCut, partition, fromOffset } = report;
  return `an unfinished write of ${bytesCut} bytes, never acknowledged, was cut off ${partition} at offset ${fromOffset}`;
}

export function inspectEmbedded(config: Config): LogInspection {
  const folder = recordsFolder(config);
  return {
    kind: 'log',
    folder,
    exists: existsSync(join(folder, 'log.json')),
    holder: () => holderOf(folder),
    check: () => findingsOf(folder, config),
  };
}

/** Who holds the lock of a folder. */
export async function holderOf(folder: string): Promise<LogHolder | undefined> {
  const held = await readLock(folder);
  return held && { pid: held.pid, host: held.host, alive: isAlive(held), url: held.url ?? null };
}

async function findingsOf(folder: string, config: Config): Promise<LogFindings> {
  const store = checkpointsOf(config);
  const names = (await store?.list()) ?? [];
  const reader = await FileLogReader.open(folder);
  try {
    const starts = reader.starts();
    let records = 0n;
    for (const [partition, end] of reader.ends()) records += end - (starts.get(partition) ?? 0n);
    const tornEnds = reader.tornEnds.map(({ path, bytesCut }) => ({ file: path, bytes: bytesCut }));
    const checkpoints = store && (await inspectCheckpoints({ store, log: reader, topics: config.topics }, names));
    return { topics: reader.topics().length, records, tornEnds, checkpoints };
  } finally {
    await reader.close();
  }
}
