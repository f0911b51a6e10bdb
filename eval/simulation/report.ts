/** What a failed run prints: the promise, one line that repeats it, and what happened last. */
import { againLine } from '../prove/settings.js';
import type { Outcome } from './simulation.js';

export function reportOf({ seed, violation, trace }: Outcome): string {
  if (violation === undefined) return `seed ${seed} broke nothing`;
  return [
    `seed ${seed} broke ${violation.message}`,
    `again: ${againLine('eval/simulation', seed)}`,
    ...trace.map((line) => `  ${line}`),
  ].join('\n');
}
