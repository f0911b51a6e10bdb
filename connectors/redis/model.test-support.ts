/** Random histories of a state store, and everything that can be read of one, for comparing two stores that went through the same. */
import fc from 'fast-check';
import type { Entity, EntityKey } from '../../src/domain/entity.js';
import { entityKeyText } from '../../src/domain/entity.js';
import type { Kind } from '../../src/domain/kinds/index.js';
import type { PartitionKey } from '../../src/domain/position.js';
import { entity } from '../../src/state/contract-kit.js';
import type { BlockedMark, PendingMark, StateStore, StateWrite, WriteResult } from '../../src/state/port.js';

const tenants = ['acme', 'b:{1}'] as const;
const accounts = ['A-1', 'A 2', null] as const;
const partitions: readonly PartitionKey[] = ['support.tickets:0', 'crm.accounts:3'];
const kindNames: readonly Kind[] = ['account', 'ticket', 'entitlement', 'policy'];

const keys: readonly EntityKey[] = tenants.flatMap((tenant) =>
  kindNames.flatMap((kind) => ['A-1', 'A 2'].map((id) => ({ tenant, kind, id }))),
);

const key = fc.constantFrom(...keys);
const rejected = fc.integer({ min: 0, max: 4 }).map((offset) => `support.tickets:0:${offset}`);
const count = fc.integer({ min: -1, max: 3 });

const change = fc.record({
  key,
  account: fc.constantFrom(...accounts),
  offset: fc.integer({ min: 0, max: 3 }),
  revision: fc.integer({ min: 1, max: 3 }),
  deleted: fc.boolean(),
  expects: fc.constantFrom('what is there', 'what is there', 'what is there', 'nothing', 'another'),
});

const progress = fc.record({
  partition: fc.constantFrom(...partitions),
  by: fc.bigInt({ min: -1n, max: 3n }),
  after: fc.constantFrom('what is there', 'another', 'anything'),
  counts: fc.record({ applied: count, superseded: count, duplicate: count, rejected: count }),
});

const mark = fc.record({
  rejected,
  concern: fc.record({
    tenant: fc.constantFrom(...tenants, null),
    kind: fc.constantFrom(...kindNames, null),
    id: fc.constantFrom('A-1', 'A 2', null),
    accountId: fc.constantFrom(...accounts),
  }),
});

export const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      progress: fc.uniqueArray(progress, { maxLength: 2, selector: (one) => one.partition }),
      held: fc.option(fc.record({ partition: fc.constantFrom(...partitions), isRight: fc.boolean() })),
      changes: fc.uniqueArray(change, { maxLength: 6, selector: (one) => entityKeyText(one.key) }),
      replaced: fc.uniqueArray(key, { maxLength: 2 }),
      decided: fc.uniqueArray(rejected, { maxLength: 2 }),
      block: fc.array(mark, { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('indexed' as const), many: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repend' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('renew' as const),
      renewals: fc.array(fc.record({ key, above: fc.integer({ min: 0, max: 5 }) }), { maxLength: 2 }),
    }),
  },
);

export type GeneratedStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type WriteStep = Extract<GeneratedStep, { kind: 'write' }>;

/** What it answered, and the marks it held before. The same step on equal stores answers equally. */
export async function take(store: StateStore, one: GeneratedStep, marks: readonly PendingMark[]): Promise<unknown> {
  switch (one.kind) {
    case 'write':
      return answerOf(await store.write(await writeOf(store, one)));
    case 'indexed':
      return store.indexed(marks.slice(0, one.many));
    case 'repend':
      return store.repend();
    case 'renew':
      return store.renew(one.renewals);
  }
}

function answerOf(result: WriteResult): unknown {
  return result.kind === 'written' ? 'written' : result.keys.map(entityKeyText);
}

async function writeOf(store: StateStore, one: WriteStep): Promise<StateWrite> {
  const [known, through] = [await store.entities(one.changes.map((each) => each.key)), await store.through()];
  const at = (partition: PartitionKey) => through.get(partition) ?? -1n;
  const { held } = one;
  return {
    progress: one.progress.map(({ partition, by, after, counts }) => ({
      partition,
      through: at(partition) + by < 0n ? 0n : at(partition) + by,
      counts,
      ...(after === 'anything' ? {} : { after: at(partition) + (after === 'another' ? 1n : 0n) }),
    })),
    ...(held === null ? {} : { held: [{ ...held, through: at(held.partition) + (held.isRight ? 0n : 1n) }] }),
    changes: one.changes.map((each, n) => ({
      entity: entityOf(each),
      expected: expectedOf(each.expects, known[n]),
    })),
    replaced: one.replaced,
    decided: one.decided,
    block: one.block,
  };
}

type GeneratedChange = WriteStep['changes'][number];

function entityOf({ key: { tenant, kind, id }, account, deleted, ...shape }: GeneratedChange): Entity {
  const made = entity(kind, id, { tenant, deleted, ...shape, ...(account === null ? {} : { account }) });
  return account === null && kind !== 'account' ? { ...made, accountId: null } : made;
}

function expectedOf(expects: string, known: Entity | undefined) {
  if (expects === 'nothing') return null;
  if (expects === 'another') return entity('ticket', 'T', { offset: 99 }).watermark;
  return known?.watermark ?? null;
}

/** Orders that the port leaves open are made one. */
export async function everythingIn(store: StateStore): Promise<unknown> {
  const views = [];
  for (const tenant of tenants) {
    const { policies, blocked, through } = await store.tenant(tenant);
    views.push([policies.digest, sorted(blocked), sortedText([...through].map(String))]);
    for (const accountId of ['A-1', 'A 2', 'A-3']) {
      const view = await store.account(tenant, accountId);
      const members = sortedText(view.members.map((one) => JSON.stringify([one.key, one.json, one.revision])));
      views.push([view.account, members, sorted(view.blocked), view.policies.digest]);
    }
    views.push(sortedText((await store.pendingKeys(tenant)).map(entityKeyText)));
  }
  const progress = [...(await store.progress())].map(
    ([partition, made]) => `${partition} ${made.through} ${JSON.stringify(made.counts)}`,
  );
  return [
    views,
    await store.entities(keys),
    sortedText((await store.allPending(99)).map(markText)),
    sortedText(progress),
  ];
}

export function markText({ entity: one, hash }: PendingMark): string {
  return `${entityKeyText(one.key)} ${one.revision} ${hash}`;
}

function sorted(marks: readonly BlockedMark[]): readonly string[] {
  return sortedText(marks.map((one) => JSON.stringify([one.rejected, one.concern])));
}

function sortedText(texts: readonly string[]): readonly string[] {
  return [...texts].sort();
}
