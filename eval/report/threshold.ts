/** What a suite demands of a metric: `>= 0.3`. */
import type { Estimate, MetricName, ThresholdResult } from '../harness/types.js';

export interface Bound {
  readonly operator: '>=' | '<=' | '>' | '<';
  readonly value: number;
}

const BOUND = /^\s*(>=|<=|>|<)\s*(-?\d{1,12}(?:\.\d{1,9})?)\s*$/;

/** Undefined: no bound is written so. */
export function parseBound(text: string): Bound | undefined {
  const [, operator, value] = BOUND.exec(text) ?? [];
  return operator === undefined ? undefined : { operator: operator as Bound['operator'], value: Number(value) };
}

/** A metric without a value fails: nobody has shown that the bound holds. So does a bound that cannot be read. */
export function judgeThreshold(metric: MetricName, bound: string, estimate: Estimate | undefined): ThresholdResult {
  const value = estimate?.value ?? null;
  const parsed = parseBound(bound);
  return { metric, bound, value, met: value !== null && parsed !== undefined && holds(value, parsed) };
}

function holds(value: number, { operator, value: bound }: Bound): boolean {
  if (operator === '>=') return value >= bound;
  if (operator === '<=') return value <= bound;
  return operator === '>' ? value > bound : value < bound;
}
