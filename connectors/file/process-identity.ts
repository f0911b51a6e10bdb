/** Tells one process from another that later gets the same number. */
import { readFileSync } from 'node:fs';
import { systemCode } from './files.js';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it began, field 22 of proc_pid_stat(5); null where there is no /proc. */
  readonly startedTicks: string | null;
}

export function ownProcess(): ProcessIdentity {
  return processNow(process.pid);
}

/** The process that has this number now. */
export function processNow(pid: number): ProcessIdentity {
  return { pid, startedTicks: startedTicksOf(pid) };
}

/** False only when it is certain that the process is gone. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM means that it exists and belongs to somebody else.
    if (systemCode(error) === 'ESRCH') return false;
  }
  const ticks = startedTicksOf(identity.pid);
  return ticks === null || identity.startedTicks === null || ticks === identity.startedTicks;
}

function startedTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces; the third field follows the last parenthesis.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
