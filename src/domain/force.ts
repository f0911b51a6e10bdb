/** Which version of a policy is in force at an instant, which comes next, and whether it applies to an account. */
import type { PolicyFacets } from './kinds/index.js';
import { holdsAt } from './time.js';

/** Anything that carries policy facets. */
export interface Versioned {
  readonly facets: PolicyFacets;
}

/**
 * The version in force among the versions of one policy: the one that took effect last at or before `atMs`. If that one has ended,
 * none is: an older version was superseded when the newer took effect, and a superseded one is never served again.
 */
export function inForce<V extends Versioned>(versions: readonly V[], atMs: number): V | undefined {
  const begun = versions.filter((version) => version.facets.window.startsAtMs <= atMs).sort(latestFirst);
  const newest = begun[0];
  return newest !== undefined && holdsAt(newest.facets.window, atMs) ? newest : undefined;
}

/** The version that takes effect next after `atMs`. */
export function scheduledSuccessor<V extends Versioned>(versions: readonly V[], atMs: number): V | undefined {
  const coming = versions.filter((version) => version.facets.window.startsAtMs > atMs).sort(latestFirst);
  return coming.at(-1);
}

function latestFirst(a: Versioned, b: Versioned): number {
  if (a.facets.window.startsAtMs !== b.facets.window.startsAtMs) {
    return a.facets.window.startsAtMs > b.facets.window.startsAtMs ? -1 : 1;
  }
  return -compareVersionNames(a.facets.version, b.facets.version);
}

/** Dotted version names: numeric parts as numbers of any length, others as text. `9` < `10`, `2.9` < `2.10`. */
export function compareVersionNames(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = compareParts(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

const DIGITS = /^[0-9]+$/;

function compareParts(a: string, b: string): number {
  if (DIGITS.test(a) && DIGITS.test(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x === y ? 0 : x < y ? -1 : 1;
  }
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Who asks, as far as policies care. */
export interface Applicant {
  readonly plan: string | null;
  readonly region: string | null;
  readonly products: ReadonlySet<string>;
}

/** A condition that names nothing holds for everyone; one that names something needs a match. */
export function appliesTo(policy: PolicyFacets, applicant: Applicant): boolean {
  return (
    (policy.plans === null || (applicant.plan !== null && policy.plans.includes(applicant.plan))) &&
    (policy.regions === null || (applicant.region !== null && policy.regions.includes(applicant.region))) &&
    (policy.products === null || policy.products.some((product) => applicant.products.has(product)))
  );
}

/** How many of its conditions name this applicant: a targeted rule goes before a general one. */
export function specificity(policy: PolicyFacets): number {
  return Number(policy.plans !== null) + Number(policy.regions !== null) + Number(policy.products !== null);
}
