/** HTML as a value: what is put into a template is escaped unless it is HTML itself, so that text of customers stays text. */

export class Html {
  constructor(readonly text: string) {}
}

export type Part = Html | string | number | readonly Part[] | null;

/** `html\`<p>${text}</p>\``: strings are escaped for element content and for attributes in double quotes; null is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.map((text, at) => text + written(parts[at] ?? null)).join(''));
}

/**
 * JSON for `<script type="application/json">`, which browsers do not run. No `<` is left in it, so that nothing ends the element or
 * begins a comment (HTML, "restrictions for contents of script elements").
 */
export function dataBlock(id: string, value: unknown): Html {
  const text = JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replace(/[\u2028\u2029]/g, (one) => (one === '\u2028' ? '\\u2028' : '\\u2029'));
  return html`<script type="application/json" id="${id}">${new Html(text)}</script>`;
}

function written(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(written).join('');
  return escaped(String(part));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Null characters and halves of surrogate pairs cannot be in HTML at all. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
    .replace(/[&<>"']/g, (one) => entities[one] ?? '');
}
