/** Where and when figures were taken: what a reader needs to tell two runs apart. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: { readonly model: string; readonly count: number };
  /** Processes that ran or wanted to, mean over 1, 5 and 15 minutes. */
  readonly loadAverage: readonly number[];
  /** Of the working folder; null when it is no git folder. */
  readonly commit: string | null;
}

export function machineNow(): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: { model: all[0]?.model ?? 'unknown', count: all.length },
    loadAverage: loadavg(),
    commit: commitOf(),
  };
}

function commitOf(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
