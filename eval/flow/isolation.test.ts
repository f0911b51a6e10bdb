/** Two tenants with the same ids (P7): whatever a caller asks of any address, nothing of the other tenant comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../src/api/endpoints.js';
import { type Asked, expectProblem, type Heard, member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { limits } from '../../src/limits.js';
import { type Tenant, tenants } from '../streams/demo-world/index.js';
import { isEventEntry } from '../streams/stream.js';
import type { Flow } from './service.test-support.js';
import {
  type Known,
  openTwoTenants,
  otherOf,
  question,
  rejectedWord,
  sharedAccount,
  sharedDecision,
  sharedKey,
  sharedWordsOf,
  wordsOf,
  world,
} from './two-tenants.test-support.js';

let flow: Flow;
let known: Readonly<Record<Tenant, Known>>;

beforeAll(async () => {
  ({ flow, known } = await openTwoTenants());
});
afterAll(() => flow.stop());

type Call = readonly [path: string, asked?: Asked];

const eventOf = (tenant: Tenant) => ({
  ...{ specversion: '1.0', id: 'x', source: 'x', type: 'ticket.updated', subject: 'T-1001', tenant },
  data: { id: 'T-1001', accountId: sharedAccount },
});

/** Calls of every address, with what is known of `target`: of the caller itself or of the other tenant. */
function callsOf(target: Tenant): Readonly<Record<string, readonly Call[]>> {
  const { snapshot, search, rejected, token, decision, keys } = known[target];
  const after = `?token=${encodeURIComponent(token)}`;
  const ofEach = (path: (id: string) => string, asked?: Asked): readonly Call[] =>
    [snapshot, search].map((id) => (asked === undefined ? [path(id)] : [path(id), asked]));
  return {
    'post /v1/context': [
      ['/v1/context', { body: { account: sharedAccount, question, tokenBudget: 100_000 } }],
      ['/v1/context', { body: { account: sharedAccount, consistency: { level: 'at_least', tokens: [token] } } }],
    ],
    'post /v1/search': [
      ['/v1/search', { body: { question, account: sharedAccount, limit: 100 } }],
      ['/v1/search', { body: { question: `${question} ${wordsOf(target).join(' ')}`, limit: 100 } }],
    ],
    'get /v1/snapshots/{id}': ofEach((id) => `/v1/snapshots/${id}`),
    'post /v1/snapshots/{id}/replay': ofEach((id) => `/v1/snapshots/${id}/replay`, { body: {} }),
    'get /v1/snapshots/{id}/diff': ofEach((id) => `/v1/snapshots/${id}/diff`),
    'get /v1/snapshots/{id}/validity': ofEach((id) => `/v1/snapshots/${id}/validity`),
    'get /v1/changes': [[`/v1/changes?account=${sharedAccount}`], ...ofEach((id) => `/v1/changes?snapshot=${id}`)],
    'post /v1/events': [
      ['/v1/events', { body: eventOf(target) }],
      ['/v1/events', { body: world.filter(isEventEntry).find((entry) => entry.tenant === target)?.event }],
    ],
    'post /v1/claims': [sharedKey, ...keys.slice(0, 1)].flatMap((idempotencyKey): readonly Call[] => [
      ['/v1/claims', { body: { idempotencyKey, tool: 'credit' } }],
      ['/v1/claims', { body: { idempotencyKey, tool: 'credit', decision, snapshots: [snapshot, search] } }],
    ]),
    'get /v1/decisions/{id}/trace': [[`/v1/decisions/${sharedDecision}/trace`], [`/v1/decisions/${decision}/trace`]],
    'get /v1/prompts': [['/v1/prompts']],
    'get /v1/generations': [['/v1/generations']],
    'post /v1/generations': [['/v1/generations', { body: { method: 'hashing', reason: wordsOf(target).join(' ') } }]],
    'post /v1/generations/rollback': [['/v1/generations/rollback', { body: {} }]],
    'post /v1/generations/{id}/promote': [['/v1/generations/0123456789ab/promote', { body: {} }]],
    'post /v1/generations/{id}/drop': [['/v1/generations/0123456789ab/drop', { body: {} }]],
    'get /v1/positions': [['/v1/positions']],
    'post /v1/positions/{topic}/{partition}/accept': [
      ['/v1/positions/support.tickets/0/accept', { body: { kind: 'gap' } }],
    ],
    'post /v1/reconcile': [['/v1/reconcile', { body: {} }]],
    'post /v1/tokens/merge': [['/v1/tokens/merge', { body: { tokens: [token] } }]],
    'get /v1/accounts/{id}': [[`/v1/accounts/${sharedAccount}`], [`/v1/accounts/${sharedAccount}${after}`]],
    'get /v1/accounts/{id}/history': [[`/v1/accounts/${sharedAccount}/history?limit=1000`]],
    'get /v1/rejected': [['/v1/rejected?limit=200'], ['/v1/rejected?status=open']],
    'get /v1/rejected/{id}': [[`/v1/rejected/${rejected}`]],
    'post /v1/rejected/{id}/redrive': [
      [`/v1/rejected/${rejected}/redrive`, { body: { dryRun: true, repaired: { json: eventOf(target) } } }],
      [`/v1/rejected/${rejected}/redrive`, { body: { repaired: { json: { broken: true } } } }],
    ],
    'post /v1/rejected/{id}/discard': [[`/v1/rejected/${rejected}/discard`, { body: {} }]],
    ...Object.fromEntries(
      endpoints
        .filter(({ scope, path }) => scope === null || path === '/metrics')
        .map(({ path }) => [`get ${path}`, [[path]]]),
    ),
  };
}

/** The whole reply as text, headers included and without the caller's own question; of a stream what comes first. */
async function replyText(tenant: Tenant, [path, asked]: Call): Promise<string> {
  // The ends of the log are asked for at most this often.
  flow.options.clock.advance(limits.ledgerEndAskMs);
  const isStream = path.startsWith('/v1/changes');
  const heard = isStream ? await firstOfStream(tenant, path) : await flow.caller(tenant).ask(path, asked);
  const text = `${heard.status} ${JSON.stringify([...heard.headers])} ${heard.text}`;
  const own = member((asked?.body ?? {}) as JsonObject, 'question');
  return typeof own === 'string' ? text.replaceAll(JSON.stringify(own), '') : text;
}

async function firstOfStream(tenant: Tenant, path: string): Promise<Pick<Heard, 'status' | 'headers' | 'text'>> {
  const response = await flow.caller(tenant).request(path);
  const { status, headers } = response;
  if (status !== 200 || response.body === null) return { status, headers, text: await response.text() };
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { status, headers, text: Buffer.from(value ?? []).toString() };
}

async function wordsHeard(
  caller: Tenant,
  calls: readonly Call[],
  words: readonly string[],
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const call of calls) texts.push(await replyText(caller, call));
  return words.filter((word) => texts.some((text) => text.includes(word)));
}

const addresses = endpoints.map(({ method, path }) => `${method} ${path}`);

describe.each(tenants.map((caller) => [caller, otherOf[caller]] as const))('a caller of %s', (caller, other) => {
  it('is tried at every address there is', () => {
    expect(Object.keys(callsOf(other)).sort()).toEqual([...addresses].sort());
  });

  it.each(addresses)(`hears nothing of ${other} from %s`, async (address) => {
    // With what the other has, and with its own: both may touch the same ids.
    const own = address.endsWith('/discard') ? [] : (callsOf(caller)[address] ?? []);
    const calls = [...(callsOf(other)[address] ?? []), ...own];
    expect(calls).not.toEqual([]);
    expect(await wordsHeard(caller, calls, wordsOf(other))).toEqual([]);
  });

  it('finds nothing that the other has released or had rejected', async () => {
    const { snapshot, search, rejected } = known[other];
    const asked = flow.caller(caller);
    const replies = [
      ...[snapshot, search].flatMap((id) => [
        asked.ask(`/v1/snapshots/${id}`),
        asked.ask(`/v1/snapshots/${id}/validity`),
        asked.ask(`/v1/snapshots/${id}/diff`),
        asked.ask(`/v1/snapshots/${id}/replay`, { body: {} }),
        asked.ask(`/v1/changes?snapshot=${id}`),
      ]),
      asked.ask(`/v1/rejected/${rejected}`),
      asked.ask(`/v1/rejected/${rejected}/redrive`, { body: { dryRun: true } }),
      asked.ask(`/v1/rejected/${rejected}/discard`, { body: {} }),
    ];
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual(replies.map(() => 404));
    expect(flow.service.rejected.find(rejected)?.decision).toBeNull();
  });

  it('cannot write for the other, nor repair a record into its data', async () => {
    const asked = flow.caller(caller);
    expect((await asked.ask('/v1/events', { body: eventOf(other) })).status).toBe(422);
    const body = { repaired: { json: eventOf(other) } };
    const redrive = await asked.ask(`/v1/rejected/${known[caller].rejected}/redrive`, { body });
    expectProblem(redrive, 409, 'redrive_impossible');
    expect(flow.service.rejected.find(known[caller].rejected)?.decision).toBeNull();
  });

  it('is not told when the other changes an account of the same id', async () => {
    await flow.settle();
    const response = await flow.caller(caller).request(`/v1/changes?account=${sharedAccount}`);
    const reader = response.body?.getReader();
    await reader?.read();
    const next = reader?.read();
    await flow.caller(other).ok('/v1/events', { body: { ...eventOf(other), id: `change-by-${other}` } });
    await flow.settle();
    flow.options.clock.advance(limits.changeStreamPingMs);
    expect(Buffer.from((await next)?.value ?? []).toString()).toBe(': ping\n\n');
    await reader?.cancel();
  });

  it('hears its own words from the same addresses, so silence means something', async () => {
    // Not its own discard: what is decided here would be found decided by the other's turn.
    const calls = Object.values(callsOf(caller))
      .flat()
      .filter(([path]) => !path.endsWith('/discard'));
    const heard = await wordsHeard(caller, calls, wordsOf(caller));
    expect(heard).toEqual(expect.arrayContaining([...sharedWordsOf(caller), rejectedWord[caller], caller]));
  });
});
