/** The main job on real input: the bank of tau2-bench through the whole service, over whatever log, and after a restart. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { limits } from '../../src/limits.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { enginesAt, type LogHome, type MakeHome } from '../flow/home.test-support.js';
import { play } from '../flow/play.test-support.js';
import { type Caller, Flow, TwoHandClock } from '../flow/service.test-support.js';
import { stateText } from '../flow/state-text.test-support.js';
import type { EventEntry } from './stream.js';
import { tauBankingStream, tauQuestions, tauTenant, tourPolicyChange } from './tau-banking.js';

const data = dataFolder() ?? '';
const withData = data === '' ? describe.skip : describe;
const nowMs = Date.UTC(2026, 0, 1);
/** Plain retrieval puts it first for the first question, and the tour changes it. */
const changedPolicy = 'policy/doc_credit_cards_credit_card_replacements_005';

export interface BankPlan {
  readonly makeHome: MakeHome;
  /** How the events come to the log; by default through the API. Resolves when all are there, with how many. */
  readonly feed?: (flow: Flow, entries: readonly EventEntry[]) => Promise<number>;
  /** Homes on another engine, fed through the API: its answers have to have the same content. */
  readonly like?: MakeHome;
}

interface Asked {
  readonly id: string;
  /** The reply as it came. */
  readonly text: string;
  readonly etag: string | null;
  readonly body: JsonObject;
}

/** What the customers of the tasks are told to want, whole. */
function scenarioTexts(): readonly string[] {
  const folder = join(data, 'tau_banking', 'tasks');
  return readdirSync(folder).map((name) => {
    const task = JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonObject;
    return JSON.stringify(member(task, 'user_scenario', 'instructions')).slice(0, limits.questionLengthMax);
  });
}

async function ask(caller: Caller, account: string, question: string): Promise<Asked> {
  const body = { account, question, consistency: { level: 'latest' } };
  const heard = await caller.ask('/v1/context', { body });
  expect(heard.status, heard.text.slice(0, 300)).toBe(200);
  return { id: String(heard.body.id), text: heard.text, etag: heard.headers.get('etag'), body: heard.body };
}

function refsOf({ body }: Asked): readonly string[] {
  return (body.items as { ref: string }[]).map(({ ref }) => ref);
}

const verdictOf = (caller: Caller, { id }: Asked) => caller.ok(`/v1/snapshots/${id}/replay`, { body: {} });

export function bankContract(name: string, plan: BankPlan): void {
  const title = `the service with the whole bank ${name}`;
  withData(data === '' ? `${title} (skipped: ${dataFolderMissing})` : title, () => bankCases(plan));
}

/** A service that has the whole bank, and its answers to the questions of the tour. */
async function opened(home: LogHome, entries: readonly EventEntry[], { feed = throughApi }: Pick<BankPlan, 'feed'>) {
  const clock = new TwoHandClock();
  clock.setWall(nowMs);
  const flow = await Flow.open({ clock, ...(await enginesAt(home, clock)), tenants: [tauTenant] });
  const fed = await feed(flow, entries);
  await flow.settle();
  clock.advance(60_000);
  const asked: Asked[] = [];
  for (const { account, question } of tauQuestions(data)) {
    asked.push(await ask(flow.caller(tauTenant), account, question));
  }
  return { flow, fed, asked };
}

async function throughApi(flow: Flow, entries: readonly EventEntry[]): Promise<number> {
  const { appended, duplicates } = await play(flow, entries);
  expect(duplicates).toBe(0);
  return appended;
}

function bankCases({ makeHome, feed = throughApi, like }: BankPlan): void {
  const entries = data === '' ? [] : [...tauBankingStream(data)];
  const accounts = [
    ...new Set(entries.filter(({ topicKind }) => topicKind === 'account').map(({ event }) => event.subject)),
  ];
  let home: LogHome;
  let flow: Flow;
  let fed: number;
  let asked: readonly Asked[];

  beforeAll(async () => {
    home = await makeHome();
    ({ flow, fed, asked } = await opened(home, entries, { feed }));
  }, 120_000);
  afterAll(async () => {
    await flow?.stop();
    await home?.remove();
  });

  it('has taken every event once and accounts for each', async () => {
    expect(fed).toBe(entries.length);
    const { totals } = await flow.caller(tauTenant).ok('/v1/positions');
    const nothingElse = { superseded: 0, duplicate: 0, rejected: 0, addsUp: true };
    expect(totals).toMatchObject({ applied: entries.length, records: String(entries.length), ...nothingElse });
  });

  it('has all 698 policies, in the state and in the index', async () => {
    const { policies } = await flow.service.engines.state.tenant(tauTenant);
    expect(policies.byRef.size).toBe(698);
    expect(await flow.service.engines.index.count(tauTenant)).toBeGreaterThanOrEqual(698);
  });

  it('answers both questions, fresh, from keyed state and policies together', () => {
    for (const one of asked) {
      expect(member(one.body, 'freshness', 'label')).toBe('fresh');
      const kinds = refsOf(one).map((ref) => ref.slice(0, ref.indexOf('/')));
      expect(new Set(kinds)).toEqual(new Set(['account', 'entitlement', 'ticket', 'policy']));
    }
    expect(asked.map(refsOf)[0]).toContain(`${changedPolicy}@1`);
  });

  it('replays both answers: MATCH', async () => {
    for (const one of asked) {
      const verdict = { verdict: 'MATCH', items: refsOf(one).length };
      expect(await verdictOf(flow.caller(tauTenant), one)).toMatchObject(verdict);
    }
  });

  it('replays answers to whole scenarios about any account: MATCH', async () => {
    const caller = flow.caller(tauTenant);
    const drawn = fc.record({ account: fc.constantFrom(...accounts), question: fc.constantFrom(...scenarioTexts()) });
    // The clock stands still, and the same question asked twice in one instant is one snapshot with two audit records.
    const selector = ({ account, question }: { account: string; question: string }) => `${account} ${question}`;
    const different = fc.uniqueArray(drawn, { selector, minLength: 25, maxLength: 25 });
    const replays = async (questions: readonly { account: string; question: string }[]) => {
      for (const { account, question } of questions) {
        const one = await ask(caller, account, question);
        expect(await verdictOf(caller, one)).toMatchObject({ verdict: 'MATCH' });
        expect((await caller.ask(`/v1/snapshots/${one.id}`)).text).toBe(one.text);
      }
    };
    await fc.assert(fc.asyncProperty(different, replays), { numRuns: 1 });
  }, 60_000);

  it('calls the first answer valid until the policy changes, then superseded by that very position', async () => {
    const caller = flow.caller(tauTenant);
    const [first] = asked;
    expect(await caller.ok(`/v1/snapshots/${first?.id}/validity`)).toMatchObject({ valid: true, supersededBy: null });
    const written = await caller.ok('/v1/events', { body: tourPolicyChange(data, nowMs) });
    const after = `?token=${encodeURIComponent(String(written.token))}`;
    const { topic, partition, offset } = member(written, 'events', 0, 'position') as Record<string, string>;
    const supersededBy = { kind: 'event', position: `${topic}:${partition}:${offset}` };
    expect(await caller.ok(`/v1/snapshots/${first?.id}/validity${after}`)).toMatchObject({
      valid: false,
      supersededBy,
    });
  });

  it('is after a restart what it was, and gives the same answers again, byte for byte', async () => {
    await flow.settle();
    const keys = entries.map(({ topicKind, event }) => ({ tenant: tauTenant, kind: topicKind, id: event.subject }));
    const before = await stateText(flow.service, keys);
    const totals = member(await flow.caller(tauTenant).ok('/v1/positions'), 'totals');
    await flow.stop();
    flow = await flow.restart(await home.open(flow.options.clock));
    const caller = flow.caller(tauTenant);
    expect(await stateText(flow.service, keys)).toEqual(before);
    expect(member(await caller.ok('/v1/positions'), 'totals')).toEqual(totals);
    for (const one of asked) {
      const again = await caller.ask(`/v1/snapshots/${one.id}`);
      expect([again.text, again.headers.get('etag')]).toEqual([one.text, one.etag]);
      expect(await verdictOf(caller, one)).toMatchObject({ verdict: 'MATCH' });
    }
  }, 60_000);

  if (like === undefined) return;
  it('gives the answers of another log, by content hash', async () => {
    const elsewhere = await like();
    const other = await opened(elsewhere, entries, {});
    await other.flow.stop();
    await elsewhere.remove();
    expect(asked.map(({ body }) => body.content)).toEqual(other.asked.map(({ body }) => body.content));
  }, 60_000);
}
