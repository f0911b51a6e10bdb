/**
 * The token budget. Estimate: one token per four bytes of UTF-8, rounded up, the usual rule of thumb for English with common
 * byte-pair vocabularies; scripts of three bytes a character come out near one token a character and a half. It is an estimate of the
 * item's canonical JSON, the same on every runtime, so that a replay cuts where the live answer cut.
 */
import type { PresentEntity } from '../domain/entity.js';

const BYTES_PER_TOKEN = 4;

export function tokensOf(entity: PresentEntity): number {
  return Math.ceil(Buffer.byteLength(entity.json) / BYTES_PER_TOKEN);
}

export interface Budgeted<T> {
  readonly kept: readonly T[];
  readonly left: readonly T[];
  readonly tokens: number;
}

/** In order; one that does not fit is left and a smaller one behind it may still fit. */
export function fitBudget<T extends { readonly entity: PresentEntity }>(
  items: readonly T[],
  budget: number,
): Budgeted<T> {
  const kept: T[] = [];
  const left: T[] = [];
  let tokens = 0;
  for (const item of items) {
    const cost = tokensOf(item.entity);
    if (tokens + cost > budget) {
      left.push(item);
    } else {
      tokens += cost;
      kept.push(item);
    }
  }
  return { kept, left, tokens };
}
