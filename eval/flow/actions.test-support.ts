/** What anyone may do to a service: records of every sort, decisions about the rejected ones, and questions. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import type { EntityKey } from '../../src/domain/entity.js';
import { account, entitlement, patch, policy, recordOf, remove, ticket } from '../../src/fixtures.test-support.js';
import { type Flow, OPERATOR } from './service.test-support.js';

export const tenant = 'acme';
export const keys: readonly EntityKey[] = [
  { tenant, kind: 'account', id: 'A-1' },
  { tenant, kind: 'account', id: 'A-2' },
  { tenant, kind: 'ticket', id: 'T-1' },
  { tenant, kind: 'ticket', id: 'T-2' },
  { tenant, kind: 'entitlement', id: 'E-1' },
  { tenant, kind: 'policy', id: 'P-1' },
];

/** Appended as any producer might, past the entrance that would refuse some of it. */
interface Produced {
  readonly key: EntityKey;
  readonly value: JsonObject | string | null;
  readonly isKeyed: boolean;
}
/** `index` picks among the letters there are; a redrive sends the original bytes or a full state. */
type Decided = { readonly verb: 'redrive' | 'discard'; readonly index: number; readonly repaired: boolean };
export type Action =
  | { readonly do: 'produce'; readonly records: readonly Produced[] }
  | ({ readonly do: 'decide' } & Decided);

function fullState({ kind, id }: EntityKey, mark: number, more: JsonObject): JsonObject {
  switch (kind) {
    case 'account':
      return account(id, { mark }, more);
    case 'ticket':
      return ticket(id, { mark, accountId: mark % 2 === 0 ? 'A-1' : 'A-2' }, more);
    case 'entitlement':
      return entitlement(id, { mark }, more);
    case 'policy':
      return policy(id, { mark }, more);
  }
}

const produced: fc.Arbitrary<Produced> = fc
  .record({
    key: fc.constantFrom(...keys),
    mark: fc.nat({ max: 9 }),
    event: fc.nat({ max: 12 }),
    version: fc.option(fc.nat({ max: 4 }), { nil: null, freq: 4 }),
    shape: fc.constantFrom(
      'full',
      'full',
      'full',
      'patch',
      'patch',
      'move',
      'delete',
      'tombstone',
      'broken',
      'invalid',
      'nameless',
    ),
  })
  .map(({ key, mark, event, version, shape }) => {
    const more = { id: `e-${event}`, ...(version === null ? {} : { entityversion: String(version) }) };
    const { kind, id } = key;
    const values = {
      full: fullState(key, mark, more),
      patch: patch(kind, id, { mark }, more),
      move: patch(kind, id, { accountId: 'A-2' }, more),
      delete: remove(kind, id, more),
      tombstone: null,
      broken: `{"mark": ${mark}`,
      // Names nobody, and comes without a key: it concerns all accounts of all tenants until an operator decides.
      nameless: `{"mark": ${mark}`,
      invalid: { ...fullState(key, mark, more), data: { id: 'another', mark } },
    };
    return { key, value: values[shape], isKeyed: shape !== 'nameless' };
  });

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('produce' as const), records: fc.array(produced, { maxLength: 8 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      verb: fc.constantFrom('redrive' as const, 'discard' as const),
      index: fc.nat({ max: 5 }),
      repaired: fc.boolean(),
    }),
  },
);

export async function carryOut(flow: Flow, one: Action): Promise<void> {
  const { log, topics } = flow.service.engines;
  if (one.do === 'produce') {
    const ofKind = (kind: EntityKey['kind']) => topics.sources.find(({ about }) => about === kind)?.name ?? '';
    const records = one.records.map(({ key, value, isKeyed }) => ({
      ...recordOf(key.kind, key.id, value),
      topic: ofKind(key.kind),
      ...(isKeyed ? {} : { key: null }),
    }));
    await log.append(records);
    return;
  }
  await flow.settle();
  const letters = flow.service.rejected.list(null);
  const letter = letters[one.index % Math.max(1, letters.length)];
  if (letter === undefined) return;
  const { kind, id } = letter.concern;
  const key = keys.find((known) => known.kind === kind && known.id === id);
  const repair =
    key === undefined || !one.repaired ? {} : { repaired: { json: fullState(key, 100, { id: 'repair' }) } };
  const { status } = await flow
    .caller(OPERATOR)
    .ask(`/v1/rejected/${letter.id}/${one.verb}`, { body: one.verb === 'redrive' ? repair : {} });
  expect([200, 409]).toContain(status);
}

/** The released answers about both accounts, each at an instant of its own: equal manifests would be one snapshot. */
export async function askBoth(flow: Flow): Promise<readonly JsonObject[]> {
  const { clock } = flow.options;
  const given: JsonObject[] = [];
  for (const id of ['A-1', 'A-2']) {
    clock.setWall(clock.wallMs() + 1);
    const consistency = { level: 'latest' };
    const { status, body } = await flow.caller(tenant).ask('/v1/context', { body: { account: id, consistency } });
    if (status === 200) given.push(body);
  }
  return given;
}
