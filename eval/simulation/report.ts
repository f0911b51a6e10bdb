/** What a failed run prints: the promise, one line that repeats it, and what happened last. */
import type { Outcome } from './simulation.js';

export function reportOf({ seed, violation, trace }: Outcome): string {
  if (violation === undefined) return `seed ${seed} broke nothing`;
  const again = `SIMULATION_SEED=${seed} npx vitest run eval/simulation`;
  return [`seed ${seed} broke ${violation.message}`, `again: ${again}`, ...trace.map((line) => `  ${line}`)].join('\n');
}
