import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataBlock, html } from './html.js';

describe('html', () => {
  it('escapes texts, and leaves HTML, lists of it and absent parts as they are', () => {
    const items = ['<a>', '&'].map((text) => html`<li title="${text}">${text}</li>`);
    expect(html`<ul>${items}</ul>${null}${3}`.text).toBe(
      '<ul><li title="&lt;a&gt;">&lt;a&gt;</li><li title="&amp;">&amp;</li></ul>3',
    );
  });

  it('leaves nothing of a text that markup could begin or end with', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = html`${text}`.text;
        expect(written).not.toMatch(/[<>"'\0]|&(?!amp;|lt;|gt;|quot;|#39;)/);
        expect(written.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('a block of data', () => {
  it('gives back what was put in, and holds no character that ends it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const [, text = ''] =
          /^<script type="application\/json" id="data">(.*)<\/script>$/s.exec(dataBlock('data', value).text) ?? [];
        expect(text).not.toContain('<');
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      }),
    );
  });
});
