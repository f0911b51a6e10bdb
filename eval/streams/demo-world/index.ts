/** The demo world: two fictional operators, thirty days, and ten traps. See `../README.md`. */
import type { StreamEntry } from '../stream.js';
import { accountEntries } from './accounts.js';
import { tenants } from './emit.js';
import { entitlementEntries } from './entitlements.js';
import { policyEntries } from './policies.js';
import { ticketEntries } from './tickets.js';
import { tourEntries } from './tour.js';
import { traps } from './traps.js';

export { worldEndsAt, worldStartsAt } from './calendar.js';
export { type Tenant, tenants } from './emit.js';
export { type Answer, type AnswerItem, judge } from './judge.js';
export { type DemoQuestion, demoQuestions, tourPolicyChange } from './tour.js';
export type { Claim, Expectation, ExpectedRejection, Trap } from './trap.js';
export { traps } from './traps.js';

/** Every record in the order of its arrival; the same in every call. */
export function demoWorld(): readonly StreamEntry[] {
  const ordinary = tenants.flatMap((tenant) => [
    ...accountEntries(tenant),
    ...policyEntries(tenant),
    ...entitlementEntries(tenant),
    ...ticketEntries(tenant),
  ]);
  const entries: StreamEntry[] = [...ordinary, ...traps.flatMap((trap) => trap.entries), ...tourEntries];
  // Sorting is stable: entries of one instant stay in the order above.
  return entries.sort((a, b) => a.at - b.at);
}

/** The instants at which the traps are asked about: where a playback has to stop. */
export function trapInstants(): readonly number[] {
  const asked = traps.flatMap((trap) => trap.expectations.map(({ seenThrough }) => seenThrough));
  return [...new Set(asked)].sort((a, b) => a - b);
}
