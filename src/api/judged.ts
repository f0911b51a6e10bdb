/** What the addresses that judge a released snapshot by the state of now have in common. */
import { type Validity, validityOf } from '../replay/validity.js';
import type { Problem } from './problems.js';
import { coverTokens, type TokenQuery } from './reads.js';
import { findSnapshot, notRebuilt } from './recorded.js';
import type { ApiService } from './service.js';

export interface Asked {
  readonly tenant: string;
  readonly id: string;
  readonly query: TokenQuery;
}

/** Covers the tokens first: a judgement older than what the caller knows is none. */
export async function judgeSnapshot(
  service: ApiService,
  { tenant, id, query }: Asked,
): Promise<Exclude<Validity, { kind: 'failed' }> | Problem> {
  const found = await findSnapshot(service, tenant, id);
  if (found.kind === 'problem') return found;
  if (found.kind === 'failed') return notRebuilt(found.verdict);
  const uncovered = await coverTokens(service, query);
  if (uncovered !== undefined) return uncovered;
  const validity = await validityOf(service.replay, found.entry);
  return validity.kind === 'failed' ? notRebuilt(validity.verdict) : validity;
}
