/** Servers as processes of their own, in groups of their own: an interrupt at the terminal reaches their starter, which ends them in order. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { systemCode } from '../../../connectors/file/files.js';
import { isAlive, type ProcessIdentity, processNow } from '../../../connectors/file/process-identity.js';
import { waitUntil } from './wait.js';

export interface Server {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Where both of its streams go. */
  readonly logPath: string;
}

/** Started, not ready. Rejects when there is no such program. */
export async function startServer({ program, args, folder, logPath }: Server): Promise<ProcessIdentity> {
  const log = openSync(logPath, 'a');
  try {
    const child = spawn(program, [...args], { cwd: folder, detached: true, stdio: ['ignore', log, log] });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (child.pid === undefined) throw new Error(`${program} has no process number`);
    return processNow(child.pid);
  } finally {
    closeSync(log);
  }
}

/** Sends the signal to exactly this process; false when it is gone. */
export function signal(process: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(process)) return false;
  try {
    return globalThis.process.kill(process.pid, name);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    throw error;
  }
}

const ENDED_WITHIN_MS = 60_000;

/** kill -9, and gone when it resolves. Nothing of a test's server is worth a shutdown in order. */
export async function endProcess(process: ProcessIdentity): Promise<void> {
  if (!signal(process, 'SIGKILL')) return;
  await waitUntil(`process ${process.pid} is gone`, ENDED_WITHIN_MS, () => !isRunning(process));
}

/** False as well for one that has ended and whose exit nobody has read: it is still listed and holds nothing any more. */
export function isRunning(process: ProcessIdentity): boolean {
  return isAlive(process) && stateOf(process.pid) !== 'Z';
}

/** After SIGSTOP, once it has taken effect. False where there is no /proc. */
export function isStopped(process: ProcessIdentity): boolean {
  return isAlive(process) && stateOf(process.pid) === 'T';
}

/** Field 3 of proc_pid_stat(5), which follows the program's name in parentheses; undefined where there is no /proc. */
function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}
