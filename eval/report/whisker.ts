/** A mean with its interval drawn on a line, the others' means as ticks: the figures beside it say the same. */
import type { Estimate } from '../harness/types.js';
import { type Html, html } from './html.js';

const WIDTH = 140;
const HEIGHT = 18;
const MARGIN = 6;

export function whisker({ value, low, high }: Estimate, others: readonly number[]): Html {
  const most = Math.max(value, high, ...others);
  const end = most <= 1 ? 1 : most * 1.1;
  const x = (at: number) => (MARGIN + (Math.max(0, at) / end) * (WIDTH - 2 * MARGIN)).toFixed(1);
  const middle = HEIGHT / 2;
  const ticks = others.map(
    (at) => html`<line class="other" x1="${x(at)}" x2="${x(at)}" y1="3" y2="${HEIGHT - 3}"></line>`,
  );
  return html`<svg class="whisker" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
<line class="scale" x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${middle}" y2="${middle}"></line>
<line class="range" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"></line>
${ticks}<circle class="mean" cx="${x(value)}" cy="${middle}" r="4"></circle></svg>`;
}
