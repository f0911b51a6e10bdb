import { afterEach, describe, expect, it } from 'vitest';
import { notesAt, offsetsOf, openJournal } from './journal-kit.js';
import { FileJournalReader } from './journal-reader.js';
import { atEnd, cleanUp, newFolder } from './test-kit.js';

afterEach(cleanUp);

describe('a journal for those who only read', () => {
  it('is what was there when it was opened, beside the server that goes on copying', async () => {
    const folder = await newFolder();
    const { journal } = await openJournal(folder);
    await journal.append(notesAt([7, 8, 12]));
    const reader = await FileJournalReader.open(folder);
    atEnd(() => reader.close());
    await journal.append(notesAt([13]));
    expect(await offsetsOf(reader)).toEqual([7, 8, 12]);
    expect([reader.id, reader.copyId, reader.tornEnds]).toEqual([journal.id, journal.copyId, []]);
    expect(reader.topics()).toEqual(journal.topics());
    expect([reader.starts(), reader.ends()]).toEqual([new Map([['notes:0', 0n]]), new Map([['notes:0', 13n]])]);
    expect((await reader.read('notes', 0, [12n]))[0]).toMatchObject({ kind: 'found' });
  });

  it('is refused where there is none', async () => {
    await expect(FileJournalReader.open(await newFolder())).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
