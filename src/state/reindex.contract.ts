/** Of the contract of the state store: what it holds has an identity, and how an index that lost what it had gets it again. */
import { expect, it } from 'vitest';
import { entity, type Subject, writer } from './contract-kit.js';

export function reindexCases(store: Subject): void {
  const ids = async () => (await store().allPending(99)).map((one) => one.entity.key.id);
  const clear = async () => store().indexed(await store().allPending(99));

  it('has no trouble, and one identity however it changes', async () => {
    expect(store().trouble).toBeNull();
    const contents = await store().contents();
    await writer(store()).put(entity('ticket', 'T-1'));
    expect(contents.length).toBeGreaterThan(0);
    expect(await store().contents()).toBe(contents);
  });

  it('marks everything the index is to hold again, tombstones too, and nothing else', async () => {
    const gone = entity('policy', 'P-2', { deleted: true });
    await writer(store()).put(entity('policy', 'P-1'), gone, entity('ticket', 'T-1'), entity('account', 'A-1'));
    await clear();
    expect(await ids()).toEqual([]);
    expect(await store().repend()).toBe(2);
    expect((await ids()).sort()).toEqual(['P-1', 'P-2']);
    expect((await store().pendingKeys('acme')).map(({ id }) => id).sort()).toEqual(['P-1', 'P-2']);
  });

  it('has one mark of what was pending already, and none where there is nothing', async () => {
    expect(await store().repend()).toBe(0);
    await writer(store()).put(entity('policy', 'P-1'));
    expect([await store().repend(), await ids()]).toEqual([1, ['P-1']]);
    await clear();
    expect(await ids()).toEqual([]);
  });

  it('raises a revision above one that the index holds of another history, and marks it', async () => {
    const [low, high] = [entity('policy', 'P-1'), entity('policy', 'P-2', { revision: 9 })];
    await writer(store()).put(low, high);
    await clear();
    await store().renew([
      { key: low.key, above: 7 },
      { key: high.key, above: 7 },
      { key: { ...low.key, id: 'P-3' }, above: 7 },
    ]);
    expect(await store().entities([low.key, high.key])).toEqual([{ ...low, revision: 8 }, high]);
    expect((await store().allPending(9)).map((one) => one.entity)).toEqual([{ ...low, revision: 8 }, high]);
    expect((await store().tenant('acme')).policies.byRef.get('policy/P-1')?.entity).toEqual({ ...low, revision: 8 });
  });

  it('refuses a write folded before a revision was raised, and takes one that goes above it', async () => {
    const one = entity('policy', 'P-1', { revision: 3 });
    await writer(store()).put(one);
    await store().renew([{ key: one.key, above: 100 }]);
    const late = entity('policy', 'P-1', { offset: 5, revision: 4 });
    expect(await writer(store()).replace(one, late)).toEqual({ kind: 'conflict', keys: [one.key] });
    expect((await store().entities([one.key]))[0]).toMatchObject({ revision: 101 });
    const again = entity('policy', 'P-1', { offset: 5, revision: 102 });
    expect((await writer(store()).replace(one, again)).kind).toBe('written');
  });

  it('raises the revision of a tombstone, and a later write rests on the same watermark', async () => {
    const gone = entity('policy', 'P-1', { deleted: true });
    await writer(store()).put(gone);
    await store().renew([{ key: gone.key, above: 3 }]);
    expect((await store().allPending(9)).map(({ hash, entity: one }) => [hash, one.revision])).toEqual([[null, 4]]);
    const back = entity('policy', 'P-1', { offset: 5, revision: 5 });
    expect((await writer(store()).replace(gone, back)).kind).toBe('written');
  });

  it.each(['repend', 'renew'] as const)('tells who watches of %s: there is something to index', async (what) => {
    const one = entity('policy', 'P-1');
    await writer(store()).put(one);
    await clear();
    let told = 0;
    const stop = store().watch(() => told++);
    await (what === 'repend' ? store().repend() : store().renew([{ key: one.key, above: 1 }]));
    await expect.poll(() => told).toBe(1);
    stop();
  });
}

/** Of a store that says for which index its marks are. */
export function indexMarkCases(store: Subject): void {
  const pendingIds = async () => (await store().allPending(99)).map((one) => one.entity.key.id);
  const clearBy = async (index: string | null, revision: number) =>
    store().indexed(await store().allPending(99), index === null ? null : { index, revision });

  it('has its marks for an index without a name, until one is named', async () => {
    await writer(store()).put(entity('policy', 'P-1'));
    expect(await store().indexMark()).toBeNull();
    await clearBy('one', 1);
    expect(await pendingIds()).toEqual(['P-1']);
    expect(await store().repend({ index: 'one', revision: 3 })).toBe(1);
    expect(await store().indexMark()).toEqual({ index: 'one', revision: 3 });
  });

  it('clears no mark for another index, or for one that was not as far as it is known to be', async () => {
    await writer(store()).put(entity('policy', 'P-1'));
    await store().repend({ index: 'one', revision: 9 });
    for (const [index, revision] of [
      [null, 0],
      ['two', 99],
      ['one', 8],
    ] as const)
      await clearBy(index, revision);
    expect(await pendingIds()).toEqual(['P-1']);
    await clearBy('one', 10);
    expect([await pendingIds(), await store().indexMark()]).toEqual([[], { index: 'one', revision: 10 }]);
  });

  it('has its marks for one without a name again when that is to be filled', async () => {
    await writer(store()).put(entity('policy', 'P-1'));
    await store().repend({ index: 'one', revision: 9 });
    expect(await store().repend()).toBe(1);
    await clearBy('one', 10);
    expect([await pendingIds(), await store().indexMark()]).toEqual([['P-1'], null]);
    await clearBy(null, 0);
    expect(await pendingIds()).toEqual([]);
  });
}
