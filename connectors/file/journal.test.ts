import { afterEach, describe, expect, it } from 'vitest';
import { notesAt, offsetsOf, openJournal } from './journal-kit.js';
import { cleanUp, newFolder } from './test-kit.js';

afterEach(cleanUp);

describe('a journal', () => {
  it('keeps records with the offsets they came with, over gaps and a late beginning', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await journal.append(notesAt([5_000_000, 5_000_001, 5_000_007]));
    await journal.append(notesAt([5_000_020], 5_000_030));
    expect(journal.starts().get('notes:0')).toBe(5_000_000n);
    expect(journal.ends().get('notes:0')).toBe(5_000_030n);
    expect(await offsetsOf(journal)).toEqual([5_000_000, 5_000_001, 5_000_007, 5_000_020]);
    await journal.close();
    const again = await openJournal(folder);
    expect(again.reports).toEqual([]);
    expect(again.journal.ownerEpoch).toBe(2);
    expect(again.journal.ends().get('notes:0')).toBe(5_000_030n);
    expect(again.journal.lastOf('notes:0')).toEqual({ offset: 5_000_020n, leaderEpoch: 0 });
    await again.journal.append(notesAt([5_000_030]));
    expect(await offsetsOf(again.journal)).toEqual([5_000_000, 5_000_001, 5_000_007, 5_000_020, 5_000_030]);
  });
});
