import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, patch, position, recordOf, tenant, ticket, World } from '../fixtures.test-support.js';
import { JournalIndex } from './journal-index.js';

const key = keyOf('ticket', 'T-1');

describe('the index of the journal', () => {
  it('holds the offsets of a key in order and each once, however they are noted', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30 })), (offsets) => {
        const index = new JournalIndex();
        for (const offset of offsets) index.note(key, position(offset), ['A-1']);
        const expected = [...new Set(offsets)].sort((a, b) => a - b).map(BigInt);
        expect(index.recordsOf(key).flatMap((run) => run.offsets)).toEqual(expected);
        expect(index.keysOfAccount(tenant, 'A-1')).toEqual(offsets.length === 0 ? [] : [key]);
      }),
    );
  });

  it('keeps partitions apart, and tenants', () => {
    const index = new JournalIndex();
    index.note(key, position(3), ['A-1']);
    index.note(key, position(1, { partition: 1 }), ['A-1']);
    index.note({ ...key, tenant: 'other' }, position(2), ['A-1']);
    expect(index.recordsOf(key)).toEqual([
      { partition: 'support.tickets:0', offsets: [3n] },
      { partition: 'support.tickets:1', offsets: [1n] },
    ]);
    expect(index.keysOfAccount('other', 'A-1')).toEqual([{ ...key, tenant: 'other' }]);
    expect(index.keysOfAccount('nobody', 'A-1')).toEqual([]);
  });

  it('knows every account a ticket has been in', async () => {
    const world = await World.open();
    await world.put(ticket('T-1'), patch('ticket', 'T-1', { accountId: 'A-2' }));
    for (const id of ['A-1', 'A-2']) expect(world.parts.journal.index.keysOfAccount(tenant, id)).toEqual([key]);
  });
});

describe('the journal', () => {
  const open = async () => {
    const world = await World.open();
    await world.produce(recordOf('ticket', 'T-1', ticket('T-1', { n: 0 })), recordOf('ticket', 'T-1', '{'));
    await world.put(ticket('T-2'), patch('ticket', 'T-1', { n: 1 }));
    const { journal, rejected } = world.parts;
    return { world, journal, decisionOn: (id: string) => rejected.decisionOn(id) };
  };

  it('tells every step of a key, rejected ones too, and no record of another', async () => {
    const { journal, decisionOn } = await open();
    const history = await journal.historyOf(key, decisionOn, null);
    expect(history).toMatchObject({
      kind: 'complete',
      steps: [{ step: { outcome: 'applied' } }, { step: { outcome: 'rejected' } }, { step: { outcome: 'applied' } }],
    });
  });

  it('rebuilds an entity as of any position to what the state had then', async () => {
    const { world, journal, decisionOn } = await open();
    const at = (offset: bigint) =>
      journal.entityAt(key, { topic: 'support.tickets', partition: 0, offset }, decisionOn);
    const [now] = await world.state.entities([key]);
    expect(await at(3n)).toMatchObject({ kind: 'entity', entity: { json: now?.status === 'present' && now.json } });
    for (const offset of [0n, 1n, 2n]) {
      expect(await at(offset)).toMatchObject({ entity: { json: expect.stringContaining('"n":0') } });
    }
  });

  it('is not changed by a look with a record that is not of the key', async () => {
    const { journal, decisionOn } = await open();
    const before = journal.index.recordsOf(key);
    const also = { topic: 'support.tickets', partition: 0, offset: 2n };
    const history = await journal.historyOf(key, decisionOn, null, also);
    expect(history.kind === 'complete' && history.steps).toHaveLength(3);
    expect(journal.index.recordsOf(key)).toEqual(before);
  });
});
