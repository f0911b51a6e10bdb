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
  const newest = newestBegun(versions, atMs);
  return newest !== undefined && holdsAt(newest.facets.window, atMs) ? newest : undefined;
}

/** The version that took effect last at or before `atMs`, ended or not: what superseded those before it. */
export function newestBegun<V extends Versioned>(versions: readonly V[], atMs: number): V | undefined {
  return versions.filter((version) => version.facets.window.startsAtMs <= atMs).sort(latestFirst)[0];
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
  const order = -compareVersionNames(a.facets.version, b.facets.version);
  // Versions are held in no particular order, so even two that claim the same place need one: the id's.
  return order !== 0 ? order : compareTexts(a.facets.id, b.facets.id);
}

/**
 * Natural order: runs of digits as numbers of any length, what is between them as text, a number before a text, a shorter name before
 * one that goes on. `9` < `10`, `2.9` < `2.10`, `v9` < `v10`. Total, so that sorting cannot depend on where it starts.
 */
export function compareVersionNames(a: string, b: string): number {
  const left = runsOf(a);
  const right = runsOf(b);
  for (const [index, run] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareRuns(run, other);
    if (order !== 0) return order;
  }
  return left.length < right.length ? -1 : compareTexts(a, b);
}

function runsOf(name: string): readonly string[] {
  return name.match(/[0-9]+|[^0-9]+/g) ?? [];
}

const DIGITS = /^[0-9]+$/;

function compareRuns(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [DIGITS.test(a), DIGITS.test(b)];
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  if (!aIsNumber) return compareTexts(a, b);
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length === y.length ? compareTexts(x, y) : x.length - y.length;
}

function compareTexts(a: string, b: string): number {
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
