import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityKeyText } from '../domain/entity.js';
import { keyOf, position, tenant } from '../fixtures.test-support.js';
import { JournalIndex } from '../journal/journal-index.js';
import { limits } from '../limits.js';
import { accountChunks, indexContents, keyChunks } from './journal-rows.js';

const through = new Map([['support.tickets:0', 10_000_000n] as const]);
const ids = ['T-1', 'T-2', 'T-3'];

function restored(index: JournalIndex): JournalIndex {
  const contents = index.capture(through, new Map());
  const again = new JournalIndex();
  again.restore(indexContents([...keyChunks(contents)], [...accountChunks(contents)]));
  return again;
}

function told(index: JournalIndex) {
  return [
    ids.map((id) => index.recordsOf(keyOf('ticket', id))),
    ['A', 'B'].map((id) => index.keysOfAccount(tenant, id).map((key) => key.id)),
  ];
}

describe('the index of the journal in a checkpoint', () => {
  it('is what it was when it is read again', () => {
    const note = fc.tuple(fc.constantFrom(...ids), fc.nat({ max: 50 }), fc.constantFrom('A', 'B'));
    const holds = (notes: readonly (readonly [string, number, string])[]) => {
      const index = new JournalIndex();
      for (const [id, offset, account] of notes) index.note(keyOf('ticket', id), position(offset), [account]);
      expect(told(restored(index))).toEqual(told(index));
    };
    fc.assert(fc.property(fc.array(note), holds));
  });

  it('is cut by bytes: one key of very many records goes on from chunk to chunk', () => {
    const index = new JournalIndex();
    for (const id of ids) {
      for (let offset = 0; offset < 30_000; offset++) index.note(keyOf('ticket', id), position(offset), []);
    }
    const chunks = [...keyChunks(index.capture(through, new Map()))];
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(limits.checkpointChunkBytes + 4_096);
    expect(told(restored(index))).toEqual(told(index));
  });

  it('is cut by bytes: names of the longest kind and the worst of characters fit', () => {
    const index = new JournalIndex();
    const long = '\u0001'.repeat(limits.idLengthMax - 5);
    for (let n = 0; n < 2_000; n++) index.note(keyOf('ticket', long + n), position(n), [long + n]);
    const contents = index.capture(through, new Map());
    const sizes = [...keyChunks(contents), ...accountChunks(contents)].map(({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThan(limits.checkpointChunkBytes + 8_192);
  });

  it('is cut by bytes: an account of very many keys goes on from chunk to chunk', () => {
    const account = entityKeyText(keyOf('account', 'A'));
    const numbers = Array.from({ length: 300_000 }, (_, number) => number);
    const chunks = [...accountChunks({ keys: () => [], accounts: () => [[account, numbers]] })];
    expect(chunks.length).toBeGreaterThan(1);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(limits.checkpointChunkBytes + 8_192);
    expect([...indexContents([], chunks).accounts()]).toEqual([[account, numbers]]);
  });
});
