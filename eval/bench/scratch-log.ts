/** A file log in a folder of its own, gone afterwards. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileLog } from '../../connectors/file/log.js';
import { systemClock } from '../../src/domain/clock.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';

export interface ScratchLog {
  readonly folder: string;
  readonly log: FileLog;
  /** Closes the log and removes the folder. */
  remove(): Promise<void>;
}

export async function openScratchLog(): Promise<ScratchLog> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const all = { recursive: true, force: true } as const;
  // For a run that is interrupted: nobody waits for anything then.
  const atExit = () => rmSync(folder, all);
  process.once('exit', atExit);
  const log = await openLogIn(folder);
  const remove = async () => {
    await log.close();
    await rm(folder, all);
    process.off('exit', atExit);
  };
  return { folder, log, remove };
}

export function openLogIn(folder: string): Promise<FileLog> {
  return FileLog.open({
    folder,
    topics: topicsToOpen(defaultTopics),
    clock: () => systemClock.wallMs(),
    onReport: () => undefined,
  });
}
