import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from './sections.js';

const line = fc.constantFrom('# A', '## B', 'text', '', '```', '~~~~', '#hashtag', '    # code', '   ### C', '#', '\t');

describe('sections of a Markdown text', () => {
  it('begin at headings, whatever their level, and at none in a block of code', () => {
    const text = 'before\n# A\na\n### B #\n```sh\n# a comment\n````\nb\n#1 is no heading\n ## C\n';
    expect(sectionsOf(text)).toEqual([
      { heading: '', body: 'before\n' },
      { heading: '# A\n', body: 'a\n' },
      { heading: '### B #\n', body: '```sh\n# a comment\n````\nb\n#1 is no heading\n' },
      { heading: ' ## C\n', body: '' },
    ]);
  });

  it('have every heading that nothing but headings follows until their text', () => {
    expect(sectionsOf('# A\r\n\r\n## B\r\nb').at(-1)).toEqual({ heading: '# A\n\n## B\n', body: 'b' });
  });

  it('are the text again when joined', () => {
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join('\n');
        const joined = sectionsOf(text).map(({ heading, body }) => heading + body);
        expect(joined.join('')).toBe(text);
      }),
    );
  });
});
