import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRows } from './csv.js';

const rows = (text: string) => csvRows({ name: 'x.csv', text }, ['a', 'b']);

describe('comma-separated values', () => {
  it('may have commas, doubled quotes and line breaks within quotes; a row is known by its first line', () => {
    const found = rows('a,b\n"x, ""y""\nz",1\n,2\n');
    expect(found).toEqual([
      { fields: ['x, "y"\nz', '1'], number: 2 },
      { fields: ['', '2'], number: 4 },
    ]);
  });

  it('are what was written, whatever it was', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é') });
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field)), (pairs) => {
        const quoted = pairs.map((pair) => pair.map((text) => `"${text.replaceAll('"', '""')}"`).join());
        expect(rows(['a,b', ...quoted, ''].join('\r\n')).map(({ fields }) => fields)).toEqual(pairs);
      }),
    );
  });

  it.each([
    ['another header', 'b,a\n1,2', 'line 1 is not the header a,b'],
    ['nothing at all', '', 'line 1 is not the header a,b'],
    ['a row that is too long', 'a,b\n1,2\n1,2,3', 'line 3 has 3 fields instead of 2'],
    ['a quote that is not closed', 'a,b\n1,"2\n', 'line 2 has a quote that is not closed'],
    ['text beside a quote', 'a,b\n1,"2"3\n', 'line 2 has a quote that is not closed, or text beside it'],
  ])('are refused with %s', (_what, text, line) => {
    expect(() => rows(text)).toThrow(`x.csv: ${line}`);
  });
});
