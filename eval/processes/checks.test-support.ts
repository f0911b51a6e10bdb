/** What must hold of a server that was started on the folder of one that died, given what clients remember. Each names its promise. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { parsePositionText } from '../../src/domain/position.js';
import { type Acknowledged, type Answer, type Clients, isOrphan } from './clients.test-support.js';
import type { Served, Server } from './server.test-support.js';

/** P1: every acknowledged event is in the log once and has its effect. `settle` must have come before. */
export async function nothingLost(server: Served, clients: Clients): Promise<void> {
  await server.ready();
  const faults: string[] = [];
  for (const account of clients.accounts) {
    const own = clients.acknowledged.filter((one) => one.account === account);
    const token = own.at(-1)?.token;
    if (token === undefined) continue;
    const values = await valuesOf(server, account, token);
    for (const one of own) faults.push(...faultOfEffect(one, values.get(one.ref)));
  }
  expect(faults, 'P1: an acknowledged event has no effect').toEqual([]);
}

/** What an account shows: its entities by reference, its tenant's policies among them. */
export async function valuesOf(
  server: Served,
  account: string,
  token: string,
): Promise<ReadonlyMap<string, JsonObject>> {
  const state = await server.ok(`/v1/accounts/${account}?token=${token}`);
  const consistency = { level: 'at_least', tokens: [token], deadlineMs: 20_000 };
  const policies = await server.ok('/v1/context', { account, kinds: ['policy'], consistency });
  const shown = [
    state.account,
    ...(state.members as JsonObject[]),
    ...(policies.items as JsonObject[]),
  ] as JsonObject[];
  return new Map(shown.map(({ ref, value }) => [String(ref), value as JsonObject]));
}

function faultOfEffect(one: Acknowledged, value: JsonObject | undefined): readonly string[] {
  // A patch of a ticket that never was is rejected, and that is its effect; whether it is on record is checked apart.
  if (isOrphan(one)) return [];
  const name = `${one.ref}#${one.n} at ${one.position}`;
  if (value === undefined || Number(value.n) < one.n) return [`${name}: shown is ${value?.n}`];
  const isPatch = one.event.op === 'patch';
  return isPatch && value[`c${one.n}`] !== true ? [`${name}: its own member is not there`] : [];
}

/** P1: every record has one outcome, nothing is in the log twice, and every rejected record has its letter. */
export async function nothingTwice(server: Served, clients: Clients, rejected = 'copilot.rejected'): Promise<void> {
  const { totals, partitions } = await server.ok('/v1/positions');
  expect(totals, 'P1: every record is counted in one outcome').toMatchObject({ addsUp: true });
  const own = (partitions as JsonObject[]).filter(({ topic }) => topic !== rejected);
  const records = own.reduce((sum, { highWatermark }) => sum + Number(highWatermark), 0);
  expect(records, 'P1: records of the log, against events that were acknowledged').toBe(clients.acknowledged.length);
  const positions = new Set(clients.acknowledged.map(({ position }) => position));
  expect(positions.size, 'P1: two events were acknowledged with one position').toBe(clients.acknowledged.length);
  const orphans = clients.acknowledged.filter(isOrphan).map(({ position }) => position);
  expect((await letters(server)).sort(), 'P8: letters, against records that had to be rejected').toEqual(
    orphans.sort(),
  );
}

async function letters(server: Served): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: JsonObject = await server.ok(`/v1/rejected?limit=200${after}`);
    ids.push(...(page.rejected as JsonObject[]).map(({ id }) => String(id)));
    after = typeof page.nextAfter === 'string' ? `&after=${page.nextAfter}` : undefined;
  }
  return ids;
}

/** P8: a redrive that was acknowledged stays in effect. */
export async function redrivesStay(server: Served, redriven: Clients['redriven']): Promise<void> {
  for (const { rejected, ref, account } of redriven) {
    expect(await server.ok(`/v1/rejected/${rejected}`), 'P8: a redrive is undone').toMatchObject({
      status: 'redriven',
      blocking: false,
    });
    const { members } = await server.ok(`/v1/accounts/${account}`);
    const repaired = (members as JsonObject[]).find((one) => one.ref === ref);
    expect(member(repaired ?? {}, 'value', 'subject'), `P8: ${ref} is not what its repair made`).toBe('repaired');
  }
}

/** P5 and P9: each answer has its audit record, replays, and is given out again as it was. */
export async function answersReplay(server: Served, answers: readonly Answer[]): Promise<void> {
  for (const { body, text } of answers) {
    const id = String(body.id);
    expect(body.audit, `P9: ${id} was released without a record`).not.toBeNull();
    const heard = await server.ask(`/v1/snapshots/${id}/replay`, { depth: 'full' });
    if (heard.kind === 'cut') expect.fail('the server is gone');
    expect(heard.status, `P9: the audit record of ${id}: ${heard.text}`).toBe(200);
    expect(heard.body, `P5: ${id}`).toMatchObject({ verdict: 'MATCH', depth: 'full' });
    const again = await server.ask(`/v1/snapshots/${id}`);
    const released = text.slice(0, text.lastIndexOf(',"token":'));
    expect(again.kind === 'reply' && again.text.startsWith(released), `P5: other bytes of ${id}`).toBe(true);
  }
}

/**
 * P2: an answer that is called fresh shows everything that was acknowledged before the instant its age reaches back to, counted from when
 * it was asked for; and whatever its level, what its token covers. Both are read from the clients' one clock, and the age is a length of
 * time, so no clock of the server takes part.
 */
export function neverFalselyFresh({ answers, acknowledged }: Pick<Clients, 'answers' | 'acknowledged'>): void {
  const faults = answers.flatMap(({ body, askedAtMs, account, level, token }) => {
    const { label, ageMs } = body.freshness as { label: string; ageMs: number };
    if (label !== 'fresh') return [];
    expect(ageMs, 'P2: an age is negative').toBeGreaterThanOrEqual(0);
    const since = level === 'latest' ? askedAtMs : askedAtMs - ageMs;
    const shown = shownIn(body);
    const isOwed = (one: Acknowledged) => one.atMs < since || (token !== null && isCovered(one, token, acknowledged));
    const owed = acknowledged.filter((one) => one.account === account && isOwed(one) && !isOrphan(one));
    const lacking = owed.filter(({ ref, n }) => shown(ref) < n);
    return lacking.map(({ ref, n }) => `${body.id} lacks ${ref}#${n}: shown is ${shown(ref)}, age ${ageMs}, ${level}`);
  });
  expect(faults, 'P2: a fresh answer lacks what was acknowledged').toEqual([]);
}

/** A token covers its own batch, and what stands before that in the same partitions. */
function isCovered(one: Acknowledged, token: string, acknowledged: readonly Acknowledged[]): boolean {
  const at = parsePositionText(one.position);
  return acknowledged.some((other) => {
    const to = other.token === token ? parsePositionText(other.position) : undefined;
    return to?.topic === at?.topic && to?.partition === at?.partition && (to?.offset ?? -1n) >= (at?.offset ?? 0n);
  });
}

/** P4: what an account's reader sees, it sees again or newer, also from another process; `unknown` is the label of a rebuild under way. */
export function nothingGoesBack({ answers }: Pick<Clients, 'answers'>): void {
  const newest = new Map<string, number>();
  const faults: string[] = [];
  for (const { body } of answers) {
    if ((body.freshness as JsonObject).label === 'unknown') continue;
    for (const item of body.items as JsonObject[]) {
      const [ref, n] = [String(item.ref), Number(member(item, 'value', 'n'))];
      // Another account's reader may be ahead with a policy that both see.
      const key = `${String(body.account)} ${ref}`;
      if (n < (newest.get(key) ?? 0)) faults.push(`${ref}: ${n} after ${newest.get(key)}`);
      newest.set(key, Math.max(n, newest.get(key) ?? 0));
    }
  }
  expect(faults, 'P4: an item went back').toEqual([]);
}

/** Changes of an entity that an answer shows; what it says it leaves out is owed no more. */
function shownIn(body: JsonObject): (ref: string) => number {
  const items = new Map((body.items as JsonObject[]).map((item) => [item.ref, Number(member(item, 'value', 'n'))]));
  const omitted = new Set((body.omitted as JsonObject[]).map(({ ref }) => ref));
  const isCut = Number(body.omittedCount) > omitted.size;
  return (ref) => items.get(ref) ?? (omitted.has(ref) || isCut ? Number.POSITIVE_INFINITY : 0);
}

/** The lock names the new process, and nothing of the taking over is left behind. */
export function lockIsTaken(folder: string, server: Pick<Server, 'pid'>): void {
  expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual(['lock']);
  expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: server.pid });
}
