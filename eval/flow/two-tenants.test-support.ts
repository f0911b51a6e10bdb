/** Two tenants with the same ids (P7), each with snapshots, rejected records, claims and decisions of its own, in one service. */
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { demoWorld, type Tenant, tenants, traps, worldEndsAt } from '../streams/demo-world/index.js';
import { isEventEntry } from '../streams/stream.js';
import { appendRaw, play } from './play.test-support.js';
import { Flow, memoryLog, TwoHandClock } from './service.test-support.js';

export const world = demoWorld();
export const sharedAccount = 'A-1001';
export const sharedDecision = 'D-1001';
export const sharedKey = 'credit:1001';
export const question = 'Which service credit applies to the outage on Monday?';

/** Words of one tenant's customers, as they stand in records that nobody can fold. */
export const rejectedWord: Readonly<Record<Tenant, string>> = { northquay: 'BITTERN-5530', pinbell: 'DUNLIN-1187' };
/** Words of one tenant's agents, in what they claimed, got back and decided. */
const agentWord: Readonly<Record<Tenant, string>> = { northquay: 'PLOVER-3307', pinbell: 'CURLEW-6418' };
export const otherOf: Readonly<Record<Tenant, Tenant>> = { northquay: 'pinbell', pinbell: 'northquay' };

/** Text that only this tenant's data holds: the canaries of the trap, the names of its accounts, its rejected records, its agents. */
export function wordsOf(tenant: Tenant): readonly string[] {
  const trap = traps.find(({ name }) => name === 'same ids in both tenants');
  const seenByOther = trap?.expectations.find((expected) => expected.tenant === otherOf[tenant]);
  const names = world.filter(isEventEntry).flatMap(({ tenant: owner, topicKind, event }) => {
    const name = member(event, 'data', 'name');
    return owner === tenant && topicKind === 'account' && typeof name === 'string' ? [name] : [];
  });
  return [
    ...new Set([...(seenByOther?.mustNotMention ?? []), ...names, rejectedWord[tenant], agentWord[tenant], tenant]),
  ];
}

/** What each has of its own under the ids that both have. */
export function sharedWordsOf(tenant: Tenant): readonly string[] {
  const ofWorld = {
    northquay: ['HERON-4471', 'NQ-POL', 'Oakhollow'],
    pinbell: ['WAGTAIL-9026', 'PB-POL', 'Copperlorne'],
  };
  return [...ofWorld[tenant], agentWord[tenant]];
}

/** What a tenant's own caller has got of the service, for the other one to try. */
export interface Known {
  readonly snapshot: string;
  readonly search: string;
  readonly rejected: string;
  readonly token: string;
  /** Ids that it alone has used: of a decision, and of calls that were claimed and have returned. */
  readonly decision: string;
  readonly keys: readonly string[];
}

export interface TwoTenants {
  readonly flow: Flow;
  readonly known: Readonly<Record<Tenant, Known>>;
}

export async function openTwoTenants(): Promise<TwoTenants> {
  const clock = new TwoHandClock();
  clock.setWall(worldEndsAt);
  const flow = await Flow.open({ clock, log: memoryLog(clock), tenants });
  await play(flow, world);
  for (const tenant of tenants) {
    const value = `{"broken": "${rejectedWord[tenant]}`;
    await appendRaw(flow, { raw: { topicKind: 'ticket', key: `${tenant}/T-1001`, value } });
  }
  const keyless = { key: null, headers: [], value: Buffer.from(tenants.map((one) => rejectedWord[one]).join(' ')) };
  await flow.service.engines.log.append([{ ...keyless, topic: 'support.tickets' }]);
  await flow.settle();
  const known = { northquay: await knownOf(flow, 'northquay'), pinbell: await knownOf(flow, 'pinbell') };
  return { flow, known };
}

/** A name that says nothing of whose it is. */
const ownName = { northquay: '3307', pinbell: '6418' } satisfies Record<Tenant, string>;
const OWN_KEYS = 4;

async function knownOf(flow: Flow, tenant: Tenant): Promise<Known> {
  const caller = flow.caller(tenant);
  const context = await caller.ok('/v1/context', { body: { account: sharedAccount, question } });
  const search = await caller.ok('/v1/search', { body: { account: sharedAccount, question } });
  const [snapshot = '', searched = '', token = ''] = [context.id, search.id, context.token].map(String);
  const decision = `D-${ownName[tenant]}`;
  const keys = Array.from({ length: OWN_KEYS }, (_, n) => `credit:${ownName[tenant]}-${n}`);
  for (const key of [sharedKey, ...keys]) await act(flow, tenant, key);
  for (const id of [sharedDecision, decision]) await decide(flow, tenant, { id, snapshot });
  const { rejected } = await caller.ok('/v1/rejected');
  const own = (rejected as JsonObject[]).find((one) => one.reason === 'not_json');
  return { snapshot, search: searched, rejected: String(own?.id), token, decision, keys };
}

async function act(flow: Flow, tenant: Tenant, idempotencyKey: string): Promise<void> {
  const word = agentWord[tenant];
  const body = { idempotencyKey, tool: 'credit', arguments: { word }, correlationId: 'c-1001' };
  await flow.caller(tenant).ok('/v1/claims', { body });
  await flow.caller(tenant).ok('/v1/events', { body: eventOf('tool.returned', idempotencyKey, { result: { word } }) });
}

interface Decided {
  readonly id: string;
  readonly snapshot: string;
}

async function decide(flow: Flow, tenant: Tenant, { id, snapshot }: Decided): Promise<void> {
  const data = { action: 'credit', snapshots: [snapshot], toolCalls: [sharedKey], rationale: agentWord[tenant] };
  await flow.caller(tenant).ok('/v1/events', { body: eventOf('decision.proposed', id, data) });
}

function eventOf(type: string, subject: string, data: JsonObject): JsonObject {
  return {
    specversion: '1.0',
    id: `${type}/${subject}`,
    source: 'agent',
    type,
    subject,
    correlationid: 'c-1001',
    data,
  };
}
