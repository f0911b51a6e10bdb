import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import type { EntityKey } from '../domain/entity.js';
import { limits } from '../limits.js';
import { characterPassages } from './passages.js';

const policyKey: EntityKey = { tenant: 'acme', kind: 'policy', id: 'P-1@2' };

function texts(title: string, body: string): string[] {
  return characterPassages.passagesOf(policyKey, { title, body }).map((passage) => passage.text);
}

const sentence = 'Refunds are paid within ten days of the request. ';

describe('passages', () => {
  it('have stable ids, and hashes of their texts', () => {
    const [first] = characterPassages.passagesOf(policyKey, { title: 'Refunds', body: 'Within ten days.' });
    expect(first).toEqual({
      id: 'policy/P-1@2#0',
      text: 'Refunds\nWithin ten days.',
      titleChars: 'Refunds'.length,
      hash: digestOf('Refunds\nWithin ten days.'),
    });
  });

  it('keep short paragraphs together and repeat the title', () => {
    const paragraph = sentence.repeat(10).trim();
    expect(texts('T', `a\r\n\r\nb\n \nc`)).toEqual(['T\na\n\nb\n\nc']);
    expect(texts('T', `${paragraph}\n\n${paragraph}\n\n${paragraph}`)).toEqual([
      `T\n${paragraph}\n\n${paragraph}`,
      `T\n${paragraph}`,
    ]);
  });

  it('end a long paragraph at a line, else at a sentence, else at a word', () => {
    const [line, ...afterLine] = texts('', `${'a. '.repeat(250)}\n${'b '.repeat(300)}`);
    expect([line?.endsWith('a.'), afterLine[0]?.startsWith('b')]).toEqual([true, true]);
    expect(texts('', sentence.repeat(30))[0]?.endsWith('request.')).toBe(true);
    expect(texts('', 'word '.repeat(300))[0]?.endsWith('word')).toBe(true);
  });

  it('are of whole sections, and of no other section beside a part of one', () => {
    const [short, long] = [sentence.repeat(6).trim(), sentence.repeat(14).trim()];
    const body = `# A\n\n${short}\n\n## B\n\n${short}\n\n## C\n\n${long}\n\n${long}\n\n## D\n\nd`;
    expect(texts('', body)).toEqual([`# A\n\n${short}\n\n## B\n\n${short}`, `## C\n\n${long}`, long, '## D\n\nd']);
  });

  it('do not leave a heading behind at the end of another section', () => {
    const filling = sentence.repeat(18).trim();
    expect(texts('', `${filling}\n\n# A\n\n## B\n\n${filling}`)).toEqual([filling, `# A\n\n## B\n\n${filling}`]);
  });

  it('know how much of them is a title: none of one that stands alone', () => {
    const titles = (title: string, body: string) =>
      characterPassages.passagesOf(policyKey, { title, body }).map(({ text, titleChars }) => text.slice(0, titleChars));
    expect([titles('Refunds', 'a'), titles('', 'a'), titles('Refunds', '')]).toEqual([['Refunds'], [''], ['']]);
  });

  it('are none for an entity without text', () => {
    expect(texts(' ', '\n\t')).toEqual([]);
    expect(
      characterPassages.passagesOf({ tenant: 'acme', kind: 'account', id: 'A' }, { id: 'A', name: 'Acme' }),
    ).toEqual([]);
  });

  it('are one for a title alone', () => {
    expect(texts(' Refunds ', '')).toEqual(['Refunds']);
  });

  it('hold every comment of a ticket', () => {
    const data = { subject: 'Lost card', body: 'It is gone.', comments: [{ body: 'Found it!' }, { body: null }] };
    const [only] = characterPassages.passagesOf({ tenant: 'acme', kind: 'ticket', id: 'T-9' }, data);
    expect(only?.text).toBe('Lost card\nIt is gone.\n\nFound it!');
  });

  it('keep all of a title that is too long to repeat', () => {
    const title = `${'long '.repeat(60)}end`;
    expect(texts(title, 'body').join()).toContain('end');
  });

  it('lose nothing but white space, stay within their bound, and split no character', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 700 }), { maxLength: 8 }), (paragraphs) => {
        const body = paragraphs.map((text) => text.repeat(4)).join('\n\n');
        const found = texts('', body);
        const bare = (text: string): string => text.replace(/[ \t\r\n]/g, '');
        expect(bare(found.join(''))).toBe(bare(body));
        expect(found.every((text) => text.length <= limits.passageCharsMax && text.isWellFormed())).toBe(true);
      }),
    );
  });
});
