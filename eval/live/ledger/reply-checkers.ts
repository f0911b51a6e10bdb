/** Checkers of what readers were told: C2 nothing goes back, C3 it is what the topics come to, C4 no age is too young. */
import { z } from 'zod';
import { canonicalJson } from '../../../src/domain/canonical.js';
import { type Finding, finding, placeText } from './checkers.js';
import type { LedgerFold } from './fold.js';
import { type Acked, type Answer, answerOf, hasReason, type Reply, throughOf } from './history.js';
import { nameOf } from './workload.js';

const ofMembers = ['account', 'ticket', 'entitlement'] as const;

/** Whether what an answer does not show can be told from what it has cut off. */
function isWhole({ omitted, omittedCount }: Answer): boolean {
  return omittedCount <= omitted.length;
}

function toldIn({ items, omitted }: Answer): ReadonlySet<string> {
  return new Set([...items, ...omitted].map(({ ref }) => ref));
}

/** `ref` of everything that belongs to an account: the ledger gives all three the same number. */
function membersOf(account: string): readonly string[] {
  const number = account.slice('A-'.length);
  return ofMembers.map((kind) => `${kind}/${kind.charAt(0).toUpperCase()}-${number}`);
}

/** C2: a reader that passes on its token sees nothing go back, whichever instance it asks. */
export function nothingRegresses(replies: readonly Reply[], fold: LedgerFold): Finding {
  const sessions = new Map<string, Map<string, number>>();
  const faults: string[] = [];
  let looked = 0;
  for (const reply of replies) {
    const answer = answerOf(reply);
    if (!reply.passesOn || answer === undefined || hasReason(answer, 'tokens_not_covered')) continue;
    const seen = sessions.get(reply.session) ?? new Map<string, number>();
    sessions.set(reply.session, seen);
    const where = `${reply.session} at ${reply.instance}`;
    for (const { ref, source } of answer.items) {
      const [before, now] = [seen.get(ref) ?? 0, Number(source.entityVersion)];
      if (now < before) faults.push(`${where}: ${ref} went from #${before} to #${now}`);
      seen.set(ref, Math.max(before, now));
      looked += 1;
    }
    const told = toldIn(answer);
    for (const ref of isWhole(answer) ? membersOf(reply.account) : []) {
      const before = seen.get(ref);
      if (before === undefined || told.has(ref) || fold.isDeletedAfter(`${reply.tenant} ${ref}`, before)) continue;
      faults.push(`${where}: ${ref}#${before} is gone, and nothing has deleted it`);
    }
  }
  return finding('C2 regress', looked, faults);
}

/** C3: every item, and what is not there, is the fold of the topics through where the answer says it has come. */
export function contentIsTheFold(replies: readonly Reply[], fold: LedgerFold): Finding {
  const faults: string[] = [];
  let looked = 0;
  for (const reply of replies) {
    const answer = answerOf(reply);
    if (answer === undefined) continue;
    const at = (ref: string) => fold.at(`${reply.tenant} ${ref}`, (...of) => throughOf(answer, ...of));
    for (const { ref, source, value } of answer.items) {
      looked += 1;
      const wanted = at(ref);
      const same =
        wanted?.value != null &&
        placeText(wanted) === `${source.topic}:${source.partition}:${source.offset}` &&
        canonicalJson(value) === canonicalJson(wanted.value);
      if (!same) faults.push(`${answer.id}: ${ref} at ${source.offset}, the topics have it at ${wanted?.offset}`);
    }
    const told = toldIn(answer);
    const owed = isWhole(answer) ? membersOf(reply.account) : [];
    for (const ref of owed) if (!told.has(ref) && at(ref)?.value != null) faults.push(`${answer.id} lacks ${ref}`);
  }
  return finding('C3 content', looked, faults);
}

interface Claim {
  readonly ageMs: number | null;
  readonly shown: ReadonlyMap<string, number>;
  /** Left out and told so. */
  readonly omitted: ReadonlySet<string>;
  readonly owed: readonly string[];
}

const absenceSchema = z.object({ freshness: z.object({ ageMs: z.number().nullable() }) });

function claimOf(reply: Reply): Claim | undefined {
  if (reply.status === 404) {
    const { freshness } = absenceSchema.parse(JSON.parse(reply.text));
    return { ageMs: freshness.ageMs, shown: new Map(), omitted: new Set(), owed: membersOf(reply.account).slice(0, 1) };
  }
  const answer = answerOf(reply);
  if (answer === undefined) return undefined;
  const shown = new Map(answer.items.map(({ ref, source }) => [ref, Number(source.entityVersion)]));
  const omitted = new Set(answer.omitted.map(({ ref }) => ref));
  const owed = new Set([...(isWhole(answer) ? membersOf(reply.account) : []), ...shown.keys()]);
  return { ageMs: answer.freshness.ageMs, shown, omitted, owed: [...owed] };
}

/**
 * C4: everything that was acknowledged before the instant an age reaches back to is in the answer, under whatever label; so is what the
 * tokens name, unless it says otherwise. An age is a length of time, and the histories have one clock: no clock of a server counts.
 */
export function noFalseAge(replies: readonly Reply[], acked: readonly Acked[]): Finding {
  const changes = changesOf(acked);
  const faults: (string | undefined)[] = [];
  let looked = 0;
  for (const reply of replies) {
    const claim = claimOf(reply);
    const answer = answerOf(reply);
    if (answer !== undefined && !hasReason(answer, 'tokens_not_covered'))
      for (const place of reply.after)
        if (throughOf(answer, place.topic, place.partition) < place.offset)
          faults.push(`${answer.id} does not cover its token ${placeText(place)}`);
    if (claim === undefined || claim.ageMs === null) continue;
    const sinceMs = reply.askedAtMs - claim.ageMs;
    for (const ref of claim.owed) {
      looked += 1;
      const owed = (changes.get(`${reply.tenant} ${ref}`) ?? []).findLast(({ ackedAtMs }) => ackedAtMs < sinceMs);
      faults.push(owed && lackOf(reply, claim, ref, { owed, all: changes.get(`${reply.tenant} ${ref}`) ?? [] }));
    }
  }
  return finding('C4 false age', looked, faults);
}

interface Owed {
  readonly owed: Acked;
  readonly all: readonly Acked[];
}

function lackOf(reply: Reply, claim: Claim, ref: string, { owed, all }: Owed): string | undefined {
  const version = owed.version ?? 0;
  const shown = claim.shown.get(ref);
  const what = `${reply.tenant} ${reply.account} from ${reply.instance}, ${claim.ageMs} ms old: ${ref}#${version} was acknowledged`;
  if (shown !== undefined) {
    if (shown < version || (owed.isDeletion && shown === version)) return `${what}, and #${shown} is shown`;
    return undefined;
  }
  const mayBeGone = all.some((one) => (one.version ?? 0) >= version && one.isDeletion);
  return mayBeGone || claim.omitted.has(ref) ? undefined : `${what} and is not shown`;
}

/** Of each entity its changes, in order; what is sent again changes nothing. */
function changesOf(acked: readonly Acked[]): ReadonlyMap<string, readonly Acked[]> {
  const changes = new Map<string, Acked[]>();
  for (const one of acked) {
    if (one.sort !== 'new') continue;
    const name = nameOf(one.subject);
    const known = changes.get(name);
    if (known === undefined) changes.set(name, [one]);
    else known.push(one);
  }
  return changes;
}

/** What a reader may be told: an answer, that there is no such account, or to ask again; or nothing, by a process that is killed. */
const expected: readonly number[] = [200, 404, 503, 0];

/** No fault of an engine is a reader's, and none ends a process. */
export function nothingBreaks(replies: readonly Reply[], surprises: readonly string[]): Finding {
  const faults = replies.map(({ status, text, instance }) =>
    expected.includes(status) ? undefined : `${instance} answered ${status}: ${text.slice(0, 300)}`,
  );
  return finding('C0 sound', replies.length, [...surprises, ...faults]);
}
