/** Verdicts in words, with a sign and a colour beside them, never in a colour alone. */
import type { Difference } from '../harness/types.js';
import { type Html, html } from './html.js';
import { chance, figure, interval, signedFigure } from './metric-text.js';

const signs = { better: '▲', equal: '=', worse: '▼' } as const;

export function verdictChip(verdict: Difference['verdict']): Html {
  return html`<span class="chip ${verdict}"><span aria-hidden="true">${signs[verdict]}</span> ${verdict}</span>`;
}

/** One metric against the same of another row. */
export function differenceCell({ verdict, difference, low, high, other, p }: Difference): Html {
  return html`${verdictChip(verdict)}
<span class="number strong">${signedFigure(difference)}</span>
<span class="fine number">${interval(low, high, signedFigure)}</span>
<span class="fine number">from ${figure(other)} · ${chance(p)}</span>`;
}

export function passChip(passed: boolean): Html {
  return passed
    ? html`<span class="chip better"><span aria-hidden="true">✓</span> met</span>`
    : html`<span class="chip worse"><span aria-hidden="true">✗</span> not met</span>`;
}
