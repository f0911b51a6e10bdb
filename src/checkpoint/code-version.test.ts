/**
 * A checkpoint holds what code made of the log, so code that makes something else of it must say so. One fixed stream with every
 * shape of record is folded here, and what comes of it is named by a digest.
 */
import { describe, expect, it } from 'vitest';
import { digestOf, type JsonObject } from '../domain/canonical.js';
import type { Kind } from '../domain/kinds/index.js';
import { keyOf, tenant, World } from '../fixtures.test-support.js';
import type { NewRecord } from '../log/port.js';
import { defaultTopics, type TopicMap } from '../log/topics.js';
import { codeOf, versions } from './header.js';

/** What each version of the code made of the stream. A line is added, never changed. */
const madeBy: Readonly<Record<string, string>> = {
  'fold-1': 'sha256-1fb0e3a23266591e89558508562d51e7e5ddf4aa4da55c662464204972be139b',
};

const encoder = new TextEncoder();
const [accounts, tickets, entitlements, policies] = [
  'crm.accounts',
  'support.tickets',
  'billing.entitlements',
  'support.policies',
] as const;
const kinds = {
  [accounts]: 'account',
  [tickets]: 'ticket',
  [entitlements]: 'entitlement',
  [policies]: 'policy',
} as const;

function record(topic: string, key: string | null, value: string | null): NewRecord {
  return {
    topic,
    key: key === null ? null : encoder.encode(`${tenant}/${key}`),
    headers: [],
    value: value === null ? null : encoder.encode(value),
  };
}

type Told = readonly [id: string, data: JsonObject | null, more?: JsonObject];

function event(topic: keyof typeof kinds, subject: string, [id, data, more]: Told): NewRecord {
  const named = { specversion: '1.0', id, source: 'golden', type: `${kinds[topic]}.changed`, tenant, subject };
  return record(topic, subject, JSON.stringify({ ...named, ...(data === null ? {} : { data }), ...more }));
}

const stream: readonly NewRecord[] = [
  event(accounts, 'A-1', ['1', { id: 'A-1', name: 'One', plan: 'pro', region: 'eu', n: 1.5, list: [1, 'é', null] }]),
  event(accounts, 'A-2', ['2', { id: 'A-2' }, { entityversion: '00012', time: '2026-01-02T03:04:05.678Z' }]),
  event(accounts, 'A-2', ['3', { id: 'A-2', name: 'older' }, { entityversion: '11' }]),
  event(accounts, 'A-2', ['4', { id: 'A-2', name: 'of no version' }]),
  event(accounts, 'A-2', ['5', { name: 'newer' }, { entityversion: '13', op: 'patch' }]),
  event(accounts, 'A-3', ['6', { id: 'A-3' }, { entityversion: '16/B374D848' }]),
  event(accounts, 'A-4', ['7', { name: 'patched before it was' }, { op: 'patch' }]),
  event(tickets, 'T-1', ['8', { id: 'T-1', accountId: 'A-1', subject: 's', status: 'open', priority: 'high' }]),
  event(tickets, 'T-1', ['8', { id: 'T-1', accountId: 'A-1', subject: 's', status: 'open', priority: 'high' }]),
  event(tickets, 'T-1', ['8', { id: 'T-1', accountId: 'A-1', subject: 'the same id' }]),
  event(tickets, 'T-1', ['9', { accountId: 'A-2', status: null, deep: { a: { b: null, c: 1 } } }, { op: 'patch' }]),
  event(tickets, 'T-2', ['10', { id: 'T-2', accountId: 'A-1', subject: 'gone' }]),
  event(tickets, 'T-2', ['11', null, { op: 'delete' }]),
  event(tickets, 'T-3', ['12', { id: 'T-3', accountId: 'A-1', subject: 'a tombstone follows' }]),
  record(tickets, 'T-3', null),
  record(tickets, 'T-4', '{"broken'),
  event(tickets, 'T-4', ['13', { subject: 'upon a broken one' }, { op: 'patch' }]),
  record(tickets, 'T-5', '[]'),
  event(tickets, 'T-6', ['14', { id: 'another', accountId: 'A-1' }]),
  record(tickets, null, '{"nobody": 1}'),
  record(tickets, 'T-7', '{"big": 12345678901234567890}'),
  event(entitlements, 'E-1', [
    '15',
    { id: 'E-1', accountId: 'A-1', product: 'chat', startsAt: '2026-01-01T00:00:00Z', endsAt: '2027-01-01T00:00:00Z' },
  ]),
  event(entitlements, 'E-2', ['16', { id: 'E-2', accountId: 'A-1' }]),
  event(policies, 'P-1', [
    '17',
    { id: 'P-1', policyId: 'r', version: '1', title: 't', body: 'b', effectiveFrom: '2026-01-01T00:00:00Z' },
  ]),
  record(
    'copilot.control',
    'w',
    JSON.stringify({ specversion: '1.0', id: '19', source: 'golden', type: 'control.started', subject: 'w' }),
  ),
  event(policies, 'P-1', ['18', { effectiveTo: '2026-06-01', appliesTo: { plans: ['pro'] } }, { op: 'patch' }]),
];

const names = ['account/A-1', 'account/A-2', 'account/A-3', 'account/A-4', 'ticket/T-1', 'ticket/T-2', 'ticket/T-3'];
const more = [
  'ticket/T-4',
  'ticket/T-5',
  'ticket/T-6',
  'ticket/T-7',
  'entitlement/E-1',
  'entitlement/E-2',
  'policy/P-1',
];
const keys = [...names, ...more].map((name) => {
  const [kind = '', id = ''] = name.split('/');
  return keyOf(kind as Kind, id);
});

/** What a checkpoint takes of a fold, but for the facets, which it derives anew. */
async function madeOf(records: readonly NewRecord[]) {
  const world = await World.open();
  await world.produce(...records);
  await world.parts.rejected.decide('support.tickets:0:7', { kind: 'redriven', repaired: stream[7]?.value ?? null });
  await world.parts.rejected.decide('support.tickets:0:9', { kind: 'discarded' });
  await world.settle();
  const { rejected, journal } = world.parts;
  const entities = (await world.state.entities(keys)).map((entity) => entity && { ...entity, facets: null });
  const { blocked } = await world.state.tenant(tenant);
  const progress = [...(await world.state.progress())].sort(([a], [b]) => (a < b ? -1 : 1));
  const letters = [...rejected.list(null)].sort((a, b) => (a.id < b.id ? -1 : 1));
  const places = keys.map((key) => journal.index.recordsOf(key));
  const members = ['A-1', 'A-2'].map((id) => journal.index.keysOfAccount(tenant, id));
  await world.stop();
  return {
    entities,
    blocked,
    progress,
    letters: letters.map((letter) => ({ ...letter, rejectedAtMs: 0 })),
    places,
    members,
  };
}

describe('the version of the code in a checkpoint', () => {
  it('is raised when records become something else', async () => {
    const made = await madeOf(stream);
    const outcomes = made.progress.map(([, { counts }]) => counts);
    for (const outcome of ['applied', 'superseded', 'duplicate', 'rejected'] as const) {
      expect(
        outcomes.some((counts) => counts[outcome] > 0),
        outcome,
      ).toBe(true);
    }
    const text = JSON.stringify(made, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    const remedy =
      'raise versions.code in src/checkpoint/header.ts and add a line to madeBy: records become something else';
    expect(madeBy[versions.code], remedy).toBe(digestOf(text));
  });
});

describe('what a checkpoint says it was made by', () => {
  const [first, ...others] = defaultTopics.sources;

  it('is the code alone, whatever the partitions and the order of the topics', () => {
    const sources = [...others, { ...(first ?? others[0]), partitions: 9 }] as TopicMap['sources'];
    expect(codeOf({ ...defaultTopics, sources })).toBe(versions.code);
  });

  it.each([{ tenant: 'acme' }, { key: 'none' }, { format: 'json' }, { name: 'elsewhere' }])(
    'is another with a topic of %j: its records become something else',
    (more) => {
      const sources = [{ ...first, ...more }, ...others] as TopicMap['sources'];
      expect(codeOf({ ...defaultTopics, sources })).not.toBe(versions.code);
    },
  );
});
