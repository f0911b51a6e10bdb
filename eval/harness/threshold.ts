/** Bounds of a suite's metrics: `>= 0.3`. */

const operators = {
  '>=': (value: number, limit: number) => value >= limit,
  '<=': (value: number, limit: number) => value <= limit,
  '>': (value: number, limit: number) => value > limit,
  '<': (value: number, limit: number) => value < limit,
  '==': (value: number, limit: number) => value === limit,
} as const;

export interface Bound {
  readonly operator: keyof typeof operators;
  readonly limit: number;
}

const BOUND = /^(>=|<=|>|<|==)\s*(-?\d+(?:\.\d+)?)$/;

/** Undefined for text that is no bound. */
export function parseBound(text: string): Bound | undefined {
  const [, operator, limit] = BOUND.exec(text.trim()) ?? [];
  if (operator === undefined || limit === undefined) return undefined;
  return { operator: operator as Bound['operator'], limit: Number(limit) };
}

export function holds({ operator, limit }: Bound, value: number): boolean {
  return operators[operator](value, limit);
}
