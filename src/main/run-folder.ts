/** One run writes a folder at a time: the answers of two would stand in one file, each after half of the other's. */
import { mkdirSync } from 'node:fs';
import { nodeFiles } from '../../connectors/file/files.js';
import { FolderLock } from '../../connectors/file/lock.js';
import { suiteInvalid } from '../../eval/harness/fault.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';

/** Rejects with `suite_invalid` while another process, or another run of this one, has the folder. That of a dead one is taken over. */
export async function holdingFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = await FolderLock.take(nodeFiles, folder, systemClock.wallMs()).catch(isWritten(folder));
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

function isWritten(folder: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof TidemarkError) || error.code !== 'log_locked') throw error;
    const { pid, host } = error.facts;
    const holder = typeof pid === 'number' ? ` (process ${pid} on ${String(host)})` : '';
    const advice = 'Wait until it has ended, or name another folder with --out.';
    throw suiteInvalid([`another run writes to ${folder}${holder}`], advice);
  };
}
