/**
 * What two entities have in common that say the same, such as one policy published under two ids: their text, and all that decides for
 * whom it holds and what follows it. Tickets of two accounts are never alike, nor is an open one like a closed one.
 */
import type { Digest } from '../domain/canonical.js';
import type { Facets } from '../domain/kinds/index.js';
import type { Candidate } from './candidates.js';

/** `passages`: of the entity, in order. Undefined without any: nothing is said then, so nothing is said twice. */
export function likenessOf(
  { entity, successor }: Candidate,
  passages: readonly { readonly hash: Digest }[],
): string | undefined {
  if (passages.length === 0) return undefined;
  const hashes = passages.map(({ hash }) => hash);
  return JSON.stringify([entity.accountId, ...holdsFor(entity.facets), successor?.ref ?? null, ...hashes]);
}

function holdsFor(facets: Facets): readonly unknown[] {
  if (facets.kind === 'policy') return ['policy', facets.plans, facets.regions, facets.products];
  return facets.kind === 'ticket' ? ['ticket', facets.open] : [facets.kind];
}
