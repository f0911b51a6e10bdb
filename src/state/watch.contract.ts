/** Of the contract of the state store: who is told of a write, and that tenants do not mix. */
import { expect, it } from 'vitest';
import { entity, type Subject, type Writer, writer } from './contract-kit.js';
import type { StateMove } from './port.js';

export function watchCases(store: Subject): void {
  const told = async (act: (one: Writer) => Promise<unknown>): Promise<readonly StateMove[]> => {
    const moves: StateMove[] = [];
    const stop = store().watch((seen) => moves.push(...seen));
    await act(writer(store()));
    stop();
    await writer(store()).put(entity('ticket', 'T-after'));
    return moves;
  };

  it('tells accounts and policies that moved, once per write, until it is stopped', async () => {
    const changed = [entity('ticket', 'T-1'), entity('ticket', 'T-2'), entity('policy', 'P-1')];
    expect(await told((one) => one.put(...changed))).toEqual([
      { tenant: 'acme', accountId: 'A-1' },
      { tenant: 'acme', accountId: null },
    ]);
  });

  it('tells both accounts of a move', async () => {
    const one = entity('ticket', 'T-1');
    await writer(store()).put(one);
    const moves = await told((by) => by.replace(one, entity('ticket', 'T-1', { offset: 5, account: 'A-2' })));
    expect(moves.map((move) => (move === 'anything' ? move : move.accountId)).sort()).toEqual(['A-1', 'A-2']);
  });

  it('tells progress alone, and nothing of a conflict', async () => {
    expect(await told((one) => one.write({ through: 1n }))).toEqual([{ tenant: null, accountId: null }]);
    const missing = entity('ticket', 'T-9');
    expect(await told((one) => one.write({ changes: [{ entity: missing, expected: missing.watermark }] }))).toEqual([]);
  });
}

export function tenantCases(store: Subject): void {
  it.each([
    ['a', 'b', '1:b'],
    ['a/ticket', 'a', 'ticket/T-1'],
    ['a\n', 'a', '\nA-1'],
    ['{a}', '{a', '}A-1'],
    ['*', 'a', 'A-*'],
    ['__proto__', 'constructor', '__proto__'],
    ['a:b', 'a', 'b:A-1'],
  ])('%j and %j do not mix, whatever an id looks like (%j)', async (left, right, id) => {
    const [mine, others] = [
      entity('ticket', id, { account: id, tenant: left }),
      entity('ticket', 'T-1', { tenant: right }),
    ];
    await writer(store()).put(mine, entity('policy', id, { tenant: left }));
    await writer(store()).put(others);
    expect((await store().account(left, id)).members).toEqual([mine]);
    expect((await store().account(right, id)).members).toEqual([]);
    expect((await store().account(right, 'A-1')).members).toEqual([others]);
    expect((await store().tenant(right)).policies.byRef.size).toBe(0);
    await writer(store()).put(entity('policy', 'P-1', { tenant: right }));
    expect((await store().pendingKeys(right)).map(({ tenant }) => tenant)).toEqual([right]);
  });

  it('are told apart in what moved, even where names run into each other', async () => {
    const moves: StateMove[] = [];
    store().watch((seen) => moves.push(...seen));
    const changed = [
      entity('ticket', 'T-1', { tenant: 'a', account: 'b\nc' }),
      entity('ticket', 'T-1', { tenant: 'a\nb', account: 'c' }),
    ];
    await writer(store()).put(...changed);
    expect(moves).toHaveLength(2);
  });
}
