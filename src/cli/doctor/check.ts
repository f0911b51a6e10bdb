/** What one check found. */
import { TidemarkError } from '../../errors.js';

export type Level = 'ok' | 'warn' | 'fail';

export interface Check {
  readonly name: string;
  readonly level: Level;
  readonly found: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
}

export function ok(name: string, found: string): Check {
  return { name, level: 'ok', found, advice: null };
}

export function warn(name: string, found: string, advice: string): Check {
  return { name, level: 'warn', found, advice };
}

export function fail(name: string, found: string, advice: string): Check {
  return { name, level: 'fail', found, advice };
}

/** A check that broke off is a failed check. */
export function failedBy(name: string, error: unknown): Check {
  if (error instanceof TidemarkError) return fail(name, error.message, error.advice);
  return fail(
    name,
    error instanceof Error ? error.message : String(error),
    'Check rights and the disk, then try again.',
  );
}
