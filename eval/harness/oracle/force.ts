/** What holds at an instant: entitlements, the version of a policy, and whom a policy is for. */
import type { JsonObject, JsonValue } from '../../../src/domain/canonical.js';
import { parseInstant } from '../../../src/domain/time.js';
import type { State } from './truth.js';

/** From its start up to but not at its end; an end that is not given never comes. */
export function holds(data: JsonObject, [starts, ends]: readonly [string, string], atMs: number): boolean {
  return startOf(data, starts) <= atMs && atMs < (instantOf(data[ends]) ?? Number.POSITIVE_INFINITY);
}

function startOf(data: JsonObject, member: string): number {
  return instantOf(data[member]) ?? Number.NEGATIVE_INFINITY;
}

function instantOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'string' && value !== '' ? parseInstant(value) : undefined;
}

const ended = /^(?:revoked|suspended|cancelled|canceled|expired|inactive|closed)$/i;

export function isActive({ data }: State, atMs: number): boolean {
  const isEnded = typeof data.status === 'string' && ended.test(data.status);
  return !isEnded && holds(data, ['startsAt', 'endsAt'], atMs);
}

/**
 * Of the versions of one policy the one that took effect last; an older one does not come back when it ends. Of two that took effect
 * together the one with the higher version, and then with the lower id.
 */
export function versionInForce(versions: readonly State[], atMs: number): State | undefined {
  let newest: State | undefined;
  for (const version of versions) {
    if (startOf(version.data, 'effectiveFrom') > atMs) continue;
    if (newest === undefined || isLater(version, newest)) newest = version;
  }
  return newest !== undefined && holds(newest.data, ['effectiveFrom', 'effectiveTo'], atMs) ? newest : undefined;
}

function isLater(one: State, other: State): boolean {
  const [from, otherFrom] = [startOf(one.data, 'effectiveFrom'), startOf(other.data, 'effectiveFrom')];
  if (from !== otherFrom) return from > otherFrom;
  const order = byVersion(String(one.data.version), String(other.data.version));
  return order === 0 ? one.id < other.id : order > 0;
}

/** Digits as numbers, the rest as text, a number before a text, a shorter name first; at last as they are written. */
function byVersion(one: string, other: string): number {
  const [left, right] = [runsOf(one), runsOf(other)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [a = '', b = ''] = [left[at], right[at]];
    const order = isNumber(a) && isNumber(b) ? sign(BigInt(a), BigInt(b)) : byText(a, b);
    if (order !== 0) return order;
  }
  return sign(left.length, right.length) || sign(one, other);
}

function runsOf(name: string): readonly string[] {
  return name.match(/[0-9]+|[^0-9]+/g) ?? [];
}

function byText(a: string, b: string): number {
  return isNumber(a) === isNumber(b) ? sign(a, b) : isNumber(a) ? -1 : 1;
}

function isNumber(run: string): boolean {
  return /^[0-9]+$/.test(run);
}

function sign<T extends string | number | bigint>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** An account as policies see it at an instant. */
export interface Applicant {
  readonly plan: JsonValue;
  readonly region: JsonValue;
  readonly products: readonly JsonValue[];
}

export function applicantOf(account: State | null | undefined, members: readonly State[], atMs: number): Applicant {
  const active = members.filter((member) => member.kind === 'entitlement' && isActive(member, atMs));
  const products = active.flatMap(({ data }) => data.product ?? []);
  return { plan: account?.data.plan ?? null, region: account?.data.region ?? null, products };
}

/** The condition of the policy that the account does not meet; undefined: the policy is for it. */
export function unmet(policy: State, { plan, region, products }: Applicant): string | undefined {
  const { appliesTo } = policy.data;
  if (typeof appliesTo !== 'object' || appliesTo === null || Array.isArray(appliesTo)) return undefined;
  const conditions: JsonObject = appliesTo as JsonObject;
  const meets = (name: string, had: readonly JsonValue[]) => {
    const wanted = conditions[name];
    return !Array.isArray(wanted) || wanted.length === 0 || wanted.some((one: JsonValue) => had.includes(one));
  };
  const isMet = {
    plans: meets('plans', [plan]),
    regions: meets('regions', [region]),
    products: meets('products', products),
  };
  return Object.entries(isMet).find(([, met]) => !met)?.[0];
}
