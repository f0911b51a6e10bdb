/** Streams about two accounts, with policies that bear on a question, and the ways in which the same stream can arrive. */
import fc from 'fast-check';
import type { JsonObject } from '../../src/domain/canonical.js';
import type { EntityKey } from '../../src/domain/entity.js';
import type { Concern } from '../../src/domain/parse.js';
import { recordKey } from '../../src/domain/record-key.js';
import { account, entitlement, patch, policy, recordOf, remove, ticket } from '../../src/fixtures.test-support.js';
import type { NewRecord } from '../../src/log/port.js';
import type { Arrangement, Turn } from './arranged-log.test-support.js';

const ids = {
  account: ['A-1', 'A-2'],
  ticket: ['T-1', 'T-2', 'T-3', 'T-4'],
  entitlement: ['E-1', 'E-2'],
  policy: ['P-1', 'P-2', 'P-3', 'P-4'],
} as const;

export function keysOf(tenant: string): readonly EntityKey[] {
  return Object.entries(ids).flatMap(([kind, names]) =>
    names.map((id) => ({ tenant, kind: kind as EntityKey['kind'], id })),
  );
}

export const question = 'Is a refund or a credit due after an outage of one hour?';
const words = 'refund refunds credit credits outage hour hours invoice region crédit 返金 plan due label'.split(' ');

/** One change of one key. `words` and `mark` make its content, `version` its order where the key is versioned. */
export interface Change {
  readonly key: number;
  readonly shape: 'full' | 'patch' | 'delete' | 'tombstone' | 'broken' | 'invalid' | 'reused';
  readonly mark: number;
  readonly version: number;
  readonly words: readonly number[];
}

const shapes = ['full', 'full', 'patch', 'patch', 'delete', 'tombstone', 'broken', 'invalid', 'reused'] as const;

function changes(allowed: readonly Change['shape'][]): fc.Arbitrary<readonly Change[]> {
  const change = fc.record({
    key: fc.nat({ max: 11 }),
    shape: fc.constantFrom(...allowed),
    mark: fc.nat({ max: 9 }),
    version: fc.integer({ min: 2, max: 40 }),
    words: fc.array(fc.nat({ max: words.length - 1 }), { minLength: 1, maxLength: 8 }),
  });
  return fc.array(change, { maxLength: 14 });
}

const days = ['2026-02-01T00:00:00Z', '2026-02-20T00:00:00Z', '2026-03-20T00:00:00Z', null] as const;

function dataOf({ kind, id }: EntityKey, { mark, words: picked }: Pick<Change, 'mark' | 'words'>): JsonObject {
  const text = picked.map((word) => words[word] ?? '').join(' ');
  const owner = { accountId: mark % 2 === 0 ? 'A-1' : 'A-2' };
  if (kind === 'account') return { mark, plan: mark % 3 === 0 ? 'basic' : 'pro' };
  if (kind === 'ticket') return { ...owner, mark, body: text, status: mark % 3 === 0 ? 'closed' : 'open' };
  if (kind === 'entitlement') return { ...owner, mark, product: 'chat', endsAt: days[mark % 4] ?? null };
  const scope = mark % 4 === 1 ? { appliesTo: { plans: ['pro'] } } : {};
  const window = { effectiveFrom: days[mark % 4] ?? null, effectiveTo: mark === 8 ? days[1] : null };
  return { policyId: id < 'P-3' ? 'refunds' : id, version: String(mark), title: text, body: text, ...window, ...scope };
}

const bodies = { account, ticket, entitlement, policy } as const;

/** T-1, P-1 and all entitlements are ordered by their versions, the rest by position. */
function isVersioned({ kind, id }: EntityKey): boolean {
  return kind === 'entitlement' || id === 'T-1' || id === 'P-1';
}

interface Placed extends Change {
  readonly place: number;
  readonly tenant: string;
}

function recordFor({ place, tenant, ...change }: Placed): NewRecord {
  const key = keysOf(tenant)[change.key] ?? { tenant, kind: 'account', id: 'A-1' };
  const { kind, id } = key;
  const id0 = change.shape === 'reused' ? 'used' : `e-${place}`;
  const more = { id: id0, tenant, ...(isVersioned(key) ? { entityversion: String(change.version) } : {}) };
  const data = dataOf(key, change);
  // An account that is gone has no answers to compare.
  const shape = kind === 'account' && ['delete', 'tombstone'].includes(change.shape) ? 'full' : change.shape;
  const values = {
    full: bodies[kind](id, data, more),
    reused: bodies[kind](id, data, more),
    patch: patch(kind, id, data, more),
    delete: remove(kind, id, more),
    tombstone: null,
    broken: '{"broken":',
    invalid: { ...bodies[kind](id, data, more), data: { id: 'another' } },
  };
  return { ...recordOf(kind, id, values[shape]), key: recordKey(tenant, id) };
}

/** What should have stood where a record of this key was rejected. */
export function repairOf({ tenant, kind, id }: Pick<Concern, 'tenant' | 'kind' | 'id'>): JsonObject {
  const key = keysOf(tenant ?? '').find((known) => known.kind === kind && known.id === id);
  if (key === undefined) throw new Error(`nothing is known of a ${kind} ${id}`);
  const order = isVersioned(key) ? { entityversion: '41' } : {};
  return bodies[key.kind](key.id, dataOf(key, { mark: 4, words: [0, 4, 6] }), { id: 'repair', ...order, tenant });
}

/** Everything once, so that there is something to change and to answer from. */
function firstOf(tenant: string): readonly Placed[] {
  return keysOf(tenant).map((_, key) => {
    return { key, shape: 'full', mark: key, version: 1, words: [key, key + 1, 3], place: -1 - key, tenant };
  });
}

/** Everything once, then the changes. */
export function streamOf(tenant: string, made: readonly Change[]): readonly NewRecord[] {
  const later = made.map((change, place) => ({ ...change, place, tenant }));
  return [...firstOf(tenant), ...later].map(recordFor);
}

/** Full states, patches, moves, deletes, poison and ids used twice, in any order. */
export const anyChanges = changes(shapes);

/**
 * Only events with ids, none of which is rejected: sent again, such an event is recognised by its id or is older than what is there.
 * No key has more of them than the fold remembers.
 */
export const soundChanges = changes(['full', 'patch', 'delete']).map((made) => made.map(soundChange()));

/** A patch of what is deleted would be rejected: it becomes a full state. Patched and deleted versions ascend. */
function soundChange(): (change: Change, place: number) => Change {
  const gone = new Set<number>();
  return (change, place) => {
    const key = keysOf('')[change.key];
    // Entitlements alone come in any order of their versions, and so must be full states, any of which may be the last.
    if (key?.kind === 'entitlement') return { ...change, shape: 'full' };
    const shape = change.shape === 'patch' && gone.has(change.key) ? 'full' : change.shape;
    if (shape === 'delete' && key?.kind !== 'account') gone.add(change.key);
    else gone.delete(change.key);
    return { ...change, shape, version: place + 2 };
  };
}

/** Sixty changes that never change, all shapes among them; made by arithmetic, since generators may change with their library. */
export const fixedChanges: readonly Change[] = Array.from({ length: 60 }, (_, place) => ({
  key: (place * 7 + 3) % 12,
  shape: shapes[(place * 5) % shapes.length] ?? 'full',
  mark: (place * 3) % 10,
  version: 2 + ((place * 11) % 40),
  words: Array.from({ length: 1 + (place % 8) }, (_word, at) => (place + at * at) % words.length),
}));

const turn: fc.Arbitrary<Turn> = fc.record({
  partition: fc.nat({ max: 11 }),
  count: fc.integer({ min: 1, max: 5 }),
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) }),
});

export const arrangement: fc.Arbitrary<Arrangement> = fc.record({
  turns: fc.array(turn, { minLength: 1, maxLength: 9 }),
  stops: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 2 }),
});

/** Which records are sent once more, and how much later: up to as many as there are, so up to half of all. */
export const again = fc.array(fc.record({ which: fc.nat(), later: fc.nat({ max: 30 }) }), { maxLength: 26 });

export function withDuplicates(
  stream: readonly NewRecord[],
  repeats: readonly { readonly which: number; readonly later: number }[],
): readonly NewRecord[] {
  const after = stream.map((record) => [record]);
  for (const { which, later } of repeats.slice(0, stream.length)) {
    const from = which % stream.length;
    const record = stream[from];
    if (record !== undefined) after[Math.min(from + later, stream.length - 1)]?.push(record);
  }
  return after.flat();
}

/** Both streams in one order, each in its own. */
export function mixed<T>(left: readonly T[], right: readonly T[], picks: readonly boolean[]): readonly T[] {
  const [ours, theirs] = [[...left], [...right]];
  const made: T[] = [];
  for (let i = 0; ours.length > 0 && theirs.length > 0; i++) {
    made.push(...(picks[i % picks.length] === true ? ours : theirs).splice(0, 1));
  }
  return [...made, ...ours, ...theirs];
}
