/**
 * What two policies have in common that say the same, as one policy published under two ids does: all their data but what names them
 * and when they are in force, and what follows them. Nothing else is folded: two tickets of one text are two things that happened.
 */
import { canonicalJson, digestOf, type JsonObject } from '../domain/canonical.js';
import type { Candidate } from './candidates.js';

/** Members of a policy's data that say which one it is. What else it has, known to us or not, has to be equal. */
const IDENTITY: ReadonlySet<string> = new Set(['id', 'policyId', 'version', 'effectiveFrom', 'effectiveTo']);

/** `passages`: of the entity. Undefined of what is like nothing; without any passage nothing is said, so nothing is said twice. */
export function likenessOf({ entity, successor }: Candidate, passages: readonly unknown[]): string | undefined {
  if (entity.key.kind !== 'policy' || passages.length === 0) return undefined;
  const data = JSON.parse(entity.json) as JsonObject;
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => !IDENTITY.has(name)));
  return digestOf(canonicalJson([entity.accountId, successor?.ref ?? null, rest]));
}
