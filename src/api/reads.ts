/** What the reads of the API have in common: covering tokens first, judging freshness, saying that there is no such account. */

import { kindNames } from '../domain/kinds/index.js';
import { covers, type PartitionKey, type PositionVector, partitionKey, positionText } from '../domain/position.js';
import { decodeToken, encodeToken, mergeTokens } from '../domain/token.js';
import { within } from '../domain/within.js';
import type { ErrorCode } from '../errors.js';
import { limits } from '../limits.js';
import { topicAbout } from '../log/topics.js';
import { lossReason } from '../replay/content.js';
import { openPast } from '../replay/past.js';
import { unreplayableAdvice } from '../replay/verdict.js';
import { freshnessAsOf, instantOf, type LostRecord, type PastSubject, reachPast } from '../snapshot/as-of.js';
import { reach } from '../snapshot/consistency.js';
import { type Freshness, judge } from '../snapshot/freshness.js';
import { OneReading } from '../snapshot/one-reading.js';
import type { SnapshotResult } from '../snapshot/service.js';
import { passesByItself } from '../snapshot/troubles.js';
import type { AccountView, BlockedMark, StateStore } from '../state/port.js';
import { type Problem, problem } from './problems.js';
import type { ApiService } from './service.js';

/** Partitions of all topics that entities come from. */
export function entityPartitions({ engines, identity }: ApiService): readonly PartitionKey[] {
  return kindNames.flatMap((kind) => {
    const { name } = topicAbout(engines.topics, kind);
    return Array.from({ length: identity.partitionsOf(name) }, (_, partition) => partitionKey(name, partition));
  });
}

/** The token of everything applied that entities come from, and of the operators' decisions, which shape them too. */
export function tokenOf(service: ApiService, through: PositionVector): string {
  const wanted = [...entityPartitions(service), partitionKey(service.engines.topics.rejected, 0)];
  const kept = wanted.flatMap((key): [PartitionKey, bigint][] => {
    const offset = through.get(key);
    return offset === undefined ? [] : [[key, offset]];
  });
  return encodeToken(service.identity, new Map(kept));
}

export interface TokenQuery {
  readonly token?: readonly string[] | undefined;
  readonly deadlineMs: number;
}

function hasTokens(query: TokenQuery): query is TokenQuery & { readonly token: readonly string[] } {
  return query.token !== undefined && query.token.length > 0;
}

/** Waits until the state covers the tokens; without any, nothing is waited for. Throws what a bad token throws. */
export async function coverTokens(
  service: ApiService,
  query: TokenQuery,
  state: Pick<StateStore, 'through' | 'watch'> = service.engines.state,
): Promise<Problem | undefined> {
  if (!hasTokens(query)) return undefined;
  const atLeast = mergeTokens(service.identity, query.token);
  const { clock } = service.engines;
  const wanted = { level: 'at_least', maxStalenessMs: limits.maxStalenessMsDefault, onViolation: 'wait' } as const;
  const reached = await reach(
    { state, clock, witness: service.witness },
    { ...wanted, atLeast, deadlineMs: query.deadlineMs },
    entityPartitions(service),
  );
  return reached.kind === 'refused' ? refusal(service, reached, atLeast) : undefined;
}

/**
 * A consistency that was not reached. A token that names positions the log does not have yet is its sender's mistake and no fault of
 * ours: it is told apart by asking for the end of the log, where that is told in time.
 */
export async function refusal(
  { engines }: ApiService,
  refused: Extract<SnapshotResult, { kind: 'refused' }>,
  atLeast: PositionVector,
): Promise<Problem> {
  const troubles = refused.troubles.map(({ partition, trouble }) => `${partition} ${trouble.kind}`);
  const facts = {
    waitedMs: Math.round(refused.waitedMs),
    recordsBehind: String(refused.behind),
    ...(troubles.length === 0 ? {} : { troubles }),
  };
  const ends = await within(engines.clock, engines.log.ends(), limits.logAskMs);
  if (ends !== undefined && !coversEnds(ends, atLeast)) {
    return problem({
      code: 'token_in_future',
      message: 'a token names a position that the log does not have',
      advice: 'Pass tokens of acknowledged writes only.',
      retriable: false,
      facts,
    });
  }
  const isReadOn = refused.troubles.every(({ trouble }) => passesByItself(trouble));
  if (refused.why === 'behind') {
    const advice = isReadOn
      ? 'Ask again after Retry-After, allow a longer deadlineMs, or take a marked answer (onViolation: mark).'
      : inTrouble;
    const message = 'what is applied does not yet cover what was asked for';
    return problem({ code: 'behind', message, advice, retriable: true, facts });
  }
  const advice = isReadOn
    ? 'Ask again after Retry-After, allow a larger maxStalenessMs, or take a marked answer (onViolation: mark).'
    : inTrouble;
  return problem({
    code: 'stale',
    message: 'what is applied is not proven to be recent enough',
    advice,
    retriable: true,
    facts,
  });
}

const inTrouble =
  'Take a marked answer (onViolation: mark); GET /v1/positions shows what has happened to the log and what can be done.';

function coversEnds(ends: ReadonlyMap<PartitionKey, bigint>, wanted: PositionVector): boolean {
  const last = new Map([...ends].map(([partition, end]) => [partition, end - 1n]));
  return covers(last, wanted);
}

/** The freshness of a view that has just been read. `witness.look` must have come before the reading of the view. */
export function freshnessOf(
  service: ApiService,
  view: { readonly through: PositionVector; readonly blocked: readonly BlockedMark[] },
): Freshness {
  const partitions = entityPartitions(service);
  const ages = service.witness.ages(partitions, view.through);
  const troubles = service.witness.troubles(partitions);
  const { blocked } = view;
  return judge({
    ages,
    troubles,
    blocked,
    maxStalenessMs: limits.maxStalenessMsDefault,
    tokensCovered: true,
    retrieval: null,
  });
}

export interface AccountRead {
  readonly kind: 'read';
  readonly view: AccountView;
  readonly freshness: Freshness;
  readonly token: string;
}

/** An account's view with its freshness, once it covers the tokens. */
export async function readAccount(
  service: ApiService,
  { tenant, accountId }: { readonly tenant: string; readonly accountId: string },
  query: TokenQuery,
): Promise<AccountRead | Problem> {
  const reading = new OneReading(service.engines.state, { tenant, account: accountId });
  // What was found to cover the tokens is what is judged and shown: between two readings the state may have gone back.
  const uncovered = await coverTokens(service, query, reading);
  if (uncovered !== undefined) return uncovered;
  if (!hasTokens(query)) await service.witness.look(limits.logAskMs, () => reading.through());
  const view = await reading.account(tenant, accountId);
  return { kind: 'read', view, freshness: freshnessOf(service, view), token: tokenOf(service, view.through) };
}

/** That there is none is an answer, and as trustworthy as its freshness: while nothing is known of the age, it cannot be said. */
export function accountNotFound(found: {
  readonly status: 'unknown' | 'deleted';
  readonly freshness: Freshness;
  readonly token: string;
}): Problem {
  if (found.freshness.label === 'unknown') {
    return problem({
      code: 'behind',
      message: 'the state has no such account, and how far it is cannot be told',
      advice: 'Ask again after Retry-After; GET /v1/positions shows what is missing.',
      retriable: true,
      extensions: { freshness: found.freshness, token: found.token },
    });
  }
  const deleted = found.status === 'deleted';
  return problem({
    code: 'account_not_found',
    message: deleted ? 'the account was deleted' : 'no event of this tenant has made such an account',
    advice: deleted
      ? 'Its history tells when: GET /v1/accounts/{id}/history.'
      : 'Check the id; if it was just written, pass the token of that write.',
    retriable: false,
    extensions: { accountStatus: found.status, freshness: found.freshness, token: found.token },
  });
}

/** Of every read that takes tokens. */
export const readProblems = [
  'account_not_found',
  'token_malformed',
  'token_of_another_log',
  'token_in_future',
  'past_lost',
  'behind',
  'stale',
  'state_unavailable',
] as const satisfies readonly ErrorCode[];

export function pastLost(record: LostRecord): Problem {
  const reason = lossReason(record.why);
  return problem({
    code: 'past_lost',
    message: 'a record that this past would be rebuilt from is no longer kept',
    advice: unreplayableAdvice[reason],
    retriable: false,
    facts: { reason, position: positionText(record) },
  });
}

/** What another instance has applied this one's journal tells a moment later: until then a history would lack it. */
export async function waitForJournal(
  service: ApiService,
  through: PositionVector,
  deadlineMs: number,
): Promise<Problem | undefined> {
  const { state, clock } = service.engines;
  const wanted = { deadlineMs, onViolation: 'wait' } as const;
  const refused = await reachPast({ state, clock, witness: service.witness, past: service }, through, wanted);
  return refused && refusal(service, refused, through);
}

/** An account's view as of a token, once the tokens are covered: from its own records, none of them later. Throws what a bad token throws. */
export async function readAccountAsOf(
  service: ApiService,
  { tenant, accountId }: PastSubject & { readonly accountId: string },
  asked: TokenQuery & { readonly asOf: string },
): Promise<AccountRead | Problem> {
  const uncovered = await coverTokens(service, asked);
  if (uncovered !== undefined) return uncovered;
  const asOf = decodeToken(service.identity, asked.asOf);
  const { state, clock } = service.engines;
  const wanted = { deadlineMs: asked.deadlineMs, onViolation: 'wait' } as const;
  const refused = await reachPast({ state, clock, witness: service.witness, past: service }, asOf, wanted);
  if (refused !== undefined) return refusal(service, refused, asOf);
  const instant = await instantOf(service, asOf);
  if (typeof instant !== 'number') return pastLost(instant);
  const opened = await openPast(service.replay, { tenant, accountId }, asOf);
  if (opened.kind === 'lost') return pastLost(opened);
  const view = await opened.state.account(tenant, accountId);
  return { kind: 'read', view, freshness: freshnessAsOf, token: tokenOf(service, asOf) };
}
