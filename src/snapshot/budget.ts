/**
 * The token budget. Estimate: one token per four bytes of UTF-8, rounded up, the usual rule of thumb for English with common
 * byte-pair vocabularies; scripts of three bytes a character come out near one token a character and a half. It is an estimate of the
 * item's canonical JSON, the same on every runtime, so that a replay cuts where the live answer cut.
 *
 * The account's own item is never left out: a context without what it is about would be no context. It counts all the same, so that
 * where it alone is beyond the budget, nothing else is kept.
 */
import type { PresentEntity } from '../domain/entity.js';
import { preparedOf } from './prepared.js';
import type { Selected } from './select.js';

const BYTES_PER_TOKEN = 4;

/** Of a value whose canonical JSON is this long. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

export function tokensOf(entity: PresentEntity): number {
  return tokensOfBytes(preparedOf(entity).jsonBytes);
}

export interface Budgeted {
  readonly kept: readonly Selected[];
  readonly left: readonly Selected[];
  readonly tokens: number;
}

/** In order; one that does not fit is left and a smaller one behind it may still fit. */
export function fitBudget(items: readonly Selected[], budget: number): Budgeted {
  const kept: Selected[] = [];
  const left: Selected[] = [];
  let tokens = 0;
  for (const item of items) {
    const cost = tokensOf(item.entity);
    if (tokens + cost > budget && item.why.selected !== 'account') {
      left.push(item);
    } else {
      tokens += cost;
      kept.push(item);
    }
  }
  return { kept, left, tokens };
}
