/** A document that is whole in one file: nothing is asked of any host, and nothing runs or styles it but what is named by its hash. */
import { createHash } from 'node:crypto';
import type { Assets } from './assets.js';
import { dataBlock, Html, html } from './html.js';

export interface DocumentParts {
  readonly title: string;
  /** Read by the module as JSON from `#data`. */
  readonly data: unknown;
  readonly body: Html;
}

export function documentOf({ title, data, body }: DocumentParts, { styles, library, module }: Assets): string {
  const style = styles.join('\n');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf([style], library === null ? [module] : [library, module])}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${body}
${dataBlock('data', data)}
${library === null ? null : html`<script>${new Html(library)}</script>`}
<script type="module">${new Html(module)}</script>
</body>
</html>
`.text;
}

/** CSP Level 3; `data:` is for the empty icon, without which a browser asks the page's host for one. */
function policyOf(styles: readonly string[], scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    `style-src ${styles.map(hashSource).join(' ')}`,
    `script-src ${scripts.map(hashSource).join(' ')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
