/** How far behind the log a set-up's state and index are. */
import { limits } from '../../src/limits.js';

/** Milliseconds of virtual time. */
export interface Lag {
  /** From the arrival of a record until it is folded. */
  readonly stateMs: number;
  /** From then on until the index has what it says; later where it changes again before. */
  readonly indexMs: number;
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(0|[1-9]\d{0,11})(ms|s|m|h|d)$/;

/** `250ms`, `30s`, `5m`, `2h` or `1d`. Undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const [, count, unit = ''] = DURATION.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  return count === undefined || unitMs === undefined ? undefined : Number(count) * unitMs;
}

/** In the largest unit that says it whole. */
export function durationText(ms: number): string {
  const [unit, unitMs] = Object.entries(unitsMs).findLast(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
}

/** Of a set-up, beside its name. */
export function lagText({ stateMs, indexMs }: Lag): string {
  return `state lags ${durationText(stateMs)}, index ${durationText(indexMs)}`;
}

export const lagMaxText = durationText(limits.evaluationLagMsMax);
