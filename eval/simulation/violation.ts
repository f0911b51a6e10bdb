/** A promise that was broken. */

export const promises = {
  P1: 'no committed event is lost, and the counts add up',
  P2: 'nothing stale is presented as fresh',
  P3: 'each item is the exact function of its stamped position',
  P4: 'nothing goes back',
  P5: 'a replay reproduces, or says why not',
  P7: 'tenants are isolated',
  P8: 'dead letters lose nothing',
  P9: 'no snapshot is released without its audit record',
  live: 'when the faults end, all is applied and fresh again within the bound',
  sound: 'nothing fails but by a fault, and the service does not end by itself',
} as const;

export type PromiseName = keyof typeof promises;

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly promise: PromiseName;

  constructor(promise: PromiseName, what: string) {
    super(`${promise} (${promises[promise]}): ${what}`);
    this.promise = promise;
  }
}

export function must(holds: boolean, promise: PromiseName, what: () => string): void {
  if (!holds) throw new Violation(promise, what());
}
