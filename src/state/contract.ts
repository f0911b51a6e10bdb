/** Every sentence of `port.ts` as a case. Each implementation of the state store runs this suite. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entity } from '../domain/entity.js';
import { entity, type MakeStore, noCounts, othersOf, type Subject, tickets, writer } from './contract-kit.js';
import type { BlockedMark, MarkingStore } from './port.js';
import { indexMarkCases, reindexCases } from './reindex.contract.js';
import { tenantCases, watchCases } from './watch.contract.js';

export function stateStoreContract(name: string, make: MakeStore): void {
  describe(`${name} keeps the contract of the state store`, () => {
    const subject: { store: MarkingStore | undefined } = { store: undefined };
    const store = (): MarkingStore => {
      if (subject.store === undefined) throw new Error('the store is made before each case');
      return subject.store;
    };
    beforeEach(async () => {
      subject.store = await make();
    });

    describe('write', () => writeCases(store));
    describe('progress', () => progressCases(store));
    describe('accounts', () => accountCases(store));
    describe('blocked marks', () => blockedCases(store));
    describe('pending marks', () => pendingCases(store));
    describe('policies', () => policyCases(store));
    describe('another index', () => reindexCases(store));
    describe('for which index marks are', () => indexMarkCases(store));
    describe('watch', () => watchCases(store));
    describe('tenants', () => tenantCases(store));
  });
}

const ids = (members: readonly Entity[]) => members.map(({ key }) => key.id).sort();

function writeCases(store: Subject): void {
  it('keeps an entity as it was written', async () => {
    const one = entity('ticket', 'T-1');
    await writer(store()).put(one);
    expect(await store().entities([one.key, { ...one.key, id: 'T-2' }])).toEqual([one, undefined]);
  });

  it('is a conflict where something is expected and nothing is there', async () => {
    const one = entity('ticket', 'T-1');
    const result = await writer(store()).write({ changes: [{ entity: one, expected: one.watermark }] });
    expect(result).toEqual({ kind: 'conflict', keys: [one.key] });
  });

  it.each([
    ['nothing', null],
    ['another offset', entity('ticket', 'T-1', { offset: 8 }).watermark],
    ['another version', entity('ticket', 'T-1', { version: '1' }).watermark],
    ['another partition', entity('ticket', 'T-1', { partition: 1 }).watermark],
    ['another incarnation', entity('ticket', 'T-1', { incarnation: 'i-2' }).watermark],
  ])('is a conflict where %s was expected than is there, and then changes nothing at all', async (_what, expected) => {
    const one = entity('ticket', 'T-1');
    await writer(store()).put(one);
    const before = await everything(store());
    const result = await writer(store()).write({
      through: 9n,
      changes: [
        { entity: entity('ticket', 'T-2'), expected: null },
        { entity: entity('ticket', 'T-1', { offset: 9 }), expected },
      ],
      counts: { ...noCounts, applied: 2 },
      decided: ['support.tickets:0:3'],
      block: [{ rejected: 'support.tickets:0:4', concern: { ...one.key, accountId: 'A-1' } }],
    });
    expect(result).toEqual({ kind: 'conflict', keys: [one.key] });
    expect(await everything(store())).toEqual(before);
  });

  it('replaces where the watermark is the expected one', async () => {
    const one = entity('ticket', 'T-1');
    const two = entity('ticket', 'T-1', { offset: 5, data: { subject: 'again' }, revision: 2 });
    await writer(store()).put(one);
    expect(await writer(store()).replace(one, two)).toEqual({ kind: 'written' });
    expect(await store().entities([one.key])).toEqual([two]);
  });
}

/** What a reader can see of tenant `acme`. */
async function everything(store: MarkingStore): Promise<unknown> {
  const [view, tenant] = [await store.account('acme', 'A-1'), await store.tenant('acme')];
  return [view, tenant, await store.progress(), await store.allPending(100), await store.through()];
}

function progressCases(store: Subject): void {
  it('adds counts up, negative ones too, and tells how far each partition is', async () => {
    await writer(store()).write({ through: 4n, counts: { ...noCounts, applied: 3, rejected: 2 } });
    await writer(store()).write({ through: 4n, counts: { ...noCounts, applied: 1, rejected: -1 } });
    expect(await store().progress()).toEqual(
      new Map([[tickets, { through: 4n, counts: { ...noCounts, applied: 4, rejected: 1 } }]]),
    );
    expect(await store().through()).toEqual(new Map([[tickets, 4n]]));
  });

  it('of several partitions moves in one step: who is told of the write sees all of it', async () => {
    const decisions = 'copilot.rejected:0' as const;
    const seen: Promise<unknown>[] = [];
    const stop = store().watch(() => seen.push(store().through()));
    const one = entity('ticket', 'T-1');
    const progress = [
      { partition: tickets, through: 4n, counts: { ...noCounts, applied: 1, rejected: -1 } },
      { partition: decisions, through: 2n, counts: { ...noCounts, applied: 3 } },
    ];
    await writer(store()).write({ progress, changes: [{ entity: one, expected: null }] });
    stop();
    const through = new Map([tickets, decisions].map((partition, n) => [partition, n === 0 ? 4n : 2n]));
    expect(await Promise.all(seen)).toEqual([through]);
    expect((await store().account('acme', 'A-1')).through).toEqual(through);
    expect((await store().progress()).get(decisions)).toEqual({ through: 2n, counts: { ...noCounts, applied: 3 } });
  });

  it('of several partitions stays where it is, in all of them, when the write is a conflict', async () => {
    const one = entity('ticket', 'T-1');
    const progress = [tickets, 'copilot.rejected:0' as const].map((partition) => ({
      partition,
      through: 1n,
      counts: noCounts,
    }));
    const result = await writer(store()).write({ progress, changes: [{ entity: one, expected: one.watermark }] });
    expect(result.kind).toBe('conflict');
    expect(await store().progress()).toEqual(new Map());
  });

  it('never goes back', async () => {
    await writer(store()).write({ through: 4n });
    await writer(store()).write({ through: 2n });
    expect(await store().through()).toEqual(new Map([[tickets, 4n]]));
  });

  it.each([
    ['a write that has been made, again', { after: 1n, through: 4n }],
    ['a late one, of a part of what is there', { after: 1n, through: 2n }],
    ['one that leaves records out', { after: 5n, through: 6n }],
    ['one from the start of the partition', { after: -1n, through: 9n }],
  ])('takes %s for a conflict, and nothing at all has changed', async (_what, made) => {
    const one = entity('ticket', 'T-1');
    await writer(store()).write({ through: 1n, after: -1n, counts: { ...noCounts, applied: 2 } });
    await writer(store()).write({ through: 4n, after: 1n, counts: { ...noCounts, applied: 3 }, block: [mark(3, {})] });
    const before = await everything(store());
    const result = await writer(store()).write({
      ...made,
      counts: { ...noCounts, applied: 3 },
      changes: [{ entity: one, expected: null }],
      decided: ['support.tickets:0:3'],
    });
    expect(result).toEqual({ kind: 'conflict', keys: [] });
    expect([await everything(store()), await store().entities([one.key])]).toEqual([before, [undefined]]);
  });

  it('of several partitions is a conflict where one of them is elsewhere', async () => {
    await writer(store()).write({ through: 4n, after: -1n });
    const others = { partition: 'copilot.rejected:0' as const, through: 0n, after: -1n, counts: noCounts };
    const late = { partition: tickets, through: 4n, after: 3n, counts: noCounts };
    expect((await writer(store()).write({ progress: [others, late] })).kind).toBe('conflict');
    expect(await store().through()).toEqual(new Map([[tickets, 4n]]));
  });

  it.each([
    ['further', 4n],
    ['not so far', 8n],
    ['begun', -1n],
  ])(
    'of a partition that a write rests on is a conflict where it is %s, and nothing at all has changed',
    async (_what, through) => {
      const held = [{ partition: 'copilot.rejected:0' as const, through }];
      const progress = [{ partition: held[0]?.partition ?? tickets, through: 6n, counts: noCounts }];
      await writer(store()).write({ progress });
      const changes = [{ entity: entity('ticket', 'T-1'), expected: null }];
      expect(await writer(store()).write({ held, changes })).toEqual({ kind: 'conflict', keys: [] });
      expect([...(await store().through()).keys()]).toEqual(['copilot.rejected:0']);
      expect((await store().account('acme', 'A-1')).members).toEqual([]);
    },
  );

  it('of a partition that a write rests on stays as it is, begun or not', async () => {
    const held = [{ partition: 'copilot.rejected:0' as const, through: -1n }];
    expect(await writer(store()).write({ through: 4n, held })).toEqual({ kind: 'written' });
    expect(await store().through()).toEqual(new Map([[tickets, 4n]]));
    const again = [{ partition: tickets, through: 4n }];
    expect(await writer(store()).write({ progress: [], held: again })).toEqual({ kind: 'written' });
    expect(await store().through()).toEqual(new Map([[tickets, 4n]]));
  });

  it('is empty in a new store: nothing known is not the same as nothing there', async () => {
    expect(await store().through()).toEqual(new Map());
    expect(await store().account('acme', 'A-1')).toMatchObject({ account: undefined, members: [], version: 0 });
  });
}

function accountCases(store: Subject): void {
  it('has the present tickets and entitlements that belong to it', async () => {
    const gone = entity('ticket', 'T-2', { deleted: true });
    await writer(store()).put(entity('account', 'A-1'), entity('ticket', 'T-1'), entity('entitlement', 'E-1'), gone);
    await writer(store()).put(entity('ticket', 'T-3', { account: 'A-2' }));
    const view = await store().account('acme', 'A-1');
    expect(view.account).toMatchObject({ status: 'present', key: { id: 'A-1' } });
    expect(ids(view.members)).toEqual(['E-1', 'T-1']);
  });

  it('loses a ticket in the step in which another gains it, and the versions of both move', async () => {
    const one = entity('ticket', 'T-1');
    await writer(store()).put(one);
    const [a, b] = [await store().account('acme', 'A-1'), await store().account('acme', 'A-2')];
    await replace(store(), one, entity('ticket', 'T-1', { offset: 5, account: 'A-2' }));
    const [afterA, afterB] = [await store().account('acme', 'A-1'), await store().account('acme', 'A-2')];
    expect([ids(afterA.members), ids(afterB.members)]).toEqual([[], ['T-1']]);
    expect(afterA.version).toBeGreaterThan(a.version);
    expect(afterB.version).toBeGreaterThan(b.version);
  });

  it('loses a ticket that is deleted, and has it again when it is recreated', async () => {
    const one = entity('ticket', 'T-1');
    const gone = entity('ticket', 'T-1', { offset: 5, deleted: true });
    await writer(store()).put(one);
    await replace(store(), one, gone);
    expect((await store().account('acme', 'A-1')).members).toEqual([]);
    await replace(store(), gone, entity('ticket', 'T-1', { offset: 6 }));
    expect(ids((await store().account('acme', 'A-1')).members)).toEqual(['T-1']);
  });

  it('keeps its version while others change', async () => {
    await writer(store()).put(entity('ticket', 'T-1'));
    const { version } = await store().account('acme', 'A-1');
    await writer(store()).put(entity('ticket', 'T-2', { account: 'A-2' }), entity('policy', 'P-1'));
    expect((await store().account('acme', 'A-1')).version).toBe(version);
  });

  it('that is deleted says so, and is told from one nobody has heard of', async () => {
    await writer(store()).put(entity('account', 'A-1', { deleted: true }));
    expect((await store().account('acme', 'A-1')).account?.status).toBe('deleted');
    expect((await store().account('acme', 'A-2')).account).toBeUndefined();
  });
}

async function replace(store: MarkingStore, before: Entity, after: Entity): Promise<void> {
  expect(await writer(store).replace(before, after)).toEqual({ kind: 'written' });
}

const mark = (offset: number, concern: Partial<BlockedMark['concern']>): BlockedMark => ({
  rejected: `support.tickets:0:${offset}`,
  concern: { tenant: 'acme', kind: 'ticket', id: 'T-1', accountId: 'A-1', ...concern },
});

const offsetsOf = (marks: readonly BlockedMark[]) => marks.map(({ rejected }) => rejected.split(':')[2]).sort();

function blockedCases(store: Subject): void {
  const ofAccount = async (id: string, tenant = 'acme') => offsetsOf((await store().account(tenant, id)).blocked);

  it('concern the account they name, and every account where they name none', async () => {
    await writer(store()).write({
      block: [mark(1, {}), mark(2, { id: 'T-2', accountId: null }), mark(3, { tenant: null })],
    });
    expect(await ofAccount('A-1')).toEqual(['1', '2', '3']);
    expect(await ofAccount('A-2')).toEqual(['2']);
    expect(await ofAccount('A-1', 'other')).toEqual(['3']);
    expect(offsetsOf((await store().tenant('acme')).blocked)).toEqual(['1', '2', '3']);
  });

  it('are lifted by their key being replaced, before new ones are set', async () => {
    await writer(store()).write({ block: [mark(1, {}), mark(2, { id: 'T-2' })] });
    await writer(store()).write({ replaced: [mark(1, {}).concern as Entity['key']], block: [mark(5, {})] });
    expect(await ofAccount('A-1')).toEqual(['2', '5']);
  });

  it('are lifted by a decision about them', async () => {
    await writer(store()).write({ block: [mark(1, {}), mark(2, {})] });
    await writer(store()).write({ decided: ['support.tickets:0:1'] });
    expect(await ofAccount('A-1')).toEqual(['2']);
  });

  it('of a record are one, however often it is rejected', async () => {
    await writer(store()).write({ block: [mark(1, {})] });
    await writer(store()).write({ block: [mark(1, {})] });
    expect(await ofAccount('A-1')).toEqual(['1']);
  });

  it('follow their key to the account that has it now', async () => {
    const one = entity('ticket', 'T-1');
    await writer(store()).put(one);
    await writer(store()).write({ block: [mark(1, {})] });
    await replace(store(), one, entity('ticket', 'T-1', { offset: 5, account: 'A-2' }));
    expect(await ofAccount('A-2')).toEqual(['1']);
  });
}

function pendingCases(store: Subject): void {
  const pendingIds = async () => (await store().pendingKeys('acme')).map(({ id }) => id);

  it('are set for what the index holds, deletes too, newest first; oldest first for the indexer', async () => {
    await writer(store()).put(entity('account', 'A-1'), entity('policy', 'P-1'), entity('ticket', 'T-1'));
    await writer(store()).put(entity('policy', 'P-2'), entity('policy', 'P-3', { deleted: true }));
    expect(await pendingIds()).toEqual(['P-3', 'P-2', 'P-1']);
    expect(await store().pendingCount()).toBe((await store().allPending(99)).length);
    expect((await store().allPending(2)).map((one) => one.entity.key.id)).toEqual(['P-1', 'P-2']);
    expect((await store().allPending(3))[2]?.hash).toBeNull();
  });

  it('are in one order for the indexer, whosever they are, and one mark per entity, the newest', async () => {
    const first = entity('policy', 'P-1');
    await writer(store()).put(first, othersOf('b')(entity('policy', 'P-2')), entity('policy', 'P-3'));
    await replace(store(), first, entity('policy', 'P-1', { offset: 5, revision: 2 }));
    expect((await store().allPending(9)).map((one) => one.entity.key.id)).toEqual(['P-2', 'P-3', 'P-1']);
    expect(await pendingIds()).toEqual(['P-1', 'P-3']);
  });

  it('are cleared when what was indexed is still what is there', async () => {
    await writer(store()).put(entity('policy', 'P-1'), entity('policy', 'P-2'));
    await store().indexed(await store().allPending(1));
    expect(await pendingIds()).toEqual(['P-2']);
  });

  it('stay when the entity has changed since it was taken', async () => {
    const one = entity('policy', 'P-1');
    await writer(store()).put(one);
    const taken = await store().allPending(1);
    await replace(store(), one, entity('policy', 'P-1', { offset: 5, revision: 2 }));
    await store().indexed(taken);
    expect(await pendingIds()).toEqual(['P-1']);
    await store().indexed(await store().allPending(1));
    expect(await pendingIds()).toEqual([]);
  });
}

function policyCases(store: Subject): void {
  it('are a set that stays as it was when policies change', async () => {
    const one = entity('policy', 'P-1');
    await writer(store()).put(one);
    const { policies } = await store().tenant('acme');
    const { digest } = policies;
    await replace(store(), one, entity('policy', 'P-1', { offset: 5, data: { body: 'Never.' } }));
    await writer(store()).put(entity('policy', 'P-2'));
    expect([...policies.byRef.keys()]).toEqual(['policy/P-1']);
    expect(policies.byRef.get('policy/P-1')?.entity).toEqual(one);
    expect(policies.digest).toBe(digest);
    const now = (await store().account('acme', 'A-1')).policies;
    expect([...now.byRef.keys()].sort()).toEqual(['policy/P-1', 'policy/P-2']);
    expect(now.digest).not.toBe(digest);
    expect(now.version).toBeGreaterThan(policies.version);
  });

  it('lose what is deleted', async () => {
    const one = entity('policy', 'P-1');
    await writer(store()).put(one);
    await replace(store(), one, entity('policy', 'P-1', { offset: 5, deleted: true }));
    expect((await store().tenant('acme')).policies.byRef.size).toBe(0);
  });

  it('have the same digest in whatever order they came', async () => {
    const all = [entity('policy', 'P-1'), entity('policy', 'P-2', { offset: 4 })];
    await writer(store()).put(...all);
    await writer(store()).put(...all.toReversed().map(othersOf('b')));
    expect((await store().tenant('b')).policies.digest).toBe((await store().tenant('acme')).policies.digest);
  });
}
