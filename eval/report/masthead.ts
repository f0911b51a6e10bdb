/** What a reader sees first: the suite, the verdict, and the few figures that matter most. */
import { lagText } from '../harness/lag.js';
import type { Difference, Report } from '../harness/types.js';
import { type Html, html } from './html.js';
import { counted, figure, figureAgainst, interval, metricLabel, signedFigure } from './metric-text.js';
import { failingFindings } from './passing.js';
import { verdictChip } from './verdict.js';

export function masthead(report: Report): Html {
  const { suite, setup, questions } = report;
  return html`<header class="masthead">
<div class="bar"><span class="brand">${tide}Tidemark <span class="fine">evaluation</span></span>${themeChoice}</div>
<h1>${suite.name}</h1>
<p class="lead">${setup.name}${setup.lag === undefined ? null : ` (${lagText(setup.lag)})`} · ${counted(questions.length, 'question')} · ${counted(report.stream.records, 'record')}</p>
${verdict(report)}
</header>`;
}

/** Filled in by the script: without it the page follows the system. */
export const themeChoice = html`<span id="theme"></span>`;

export const tide = html`<svg class="tide" viewBox="0 0 28 20" width="28" height="20" aria-hidden="true"><path d="M1 7c3-4 6-4 9 0s6 4 9 0 5-4 8-1"></path><path d="M1 14c3-4 6-4 9 0s6 4 9 0 5-4 8-1"></path></svg>`;

function verdict({ passed, thresholds, questions }: Report): Html {
  const unmet = thresholds.filter(({ met }) => !met);
  const state = passed ? 'better' : 'worse';
  const lines = unmet.map(
    ({ metric, bound, value }) =>
      html`<li>${metricLabel(metric)} is ${value === null ? 'without a value' : figureAgainst(value, bound)}, and should be ${bound}</li>`,
  );
  const failing = questions.reduce((sum, question) => sum + failingFindings(question, thresholds).length, 0);
  const found =
    failing === 0 ? null : html`<li>${counted(failing, 'finding')} that no threshold allows: see Findings</li>`;
  return html`<div class="verdict ${state}" role="status">
<p><strong><span aria-hidden="true">${passed ? '✓' : '✗'}</span> ${passed ? 'Passed' : 'Failed'}</strong>
<span>${thresholdsTold(thresholds.length, unmet.length)}</span></p>
${lines.length === 0 && found === null ? null : html`<ul>${lines}${found}</ul>`}
</div>`;
}

const metTexts: Readonly<Record<number, string>> = { 1: 'The one threshold is met', 2: 'Both thresholds are met' };

function thresholdsTold(all: number, unmet: number): string {
  if (all === 0) return 'The suite sets no thresholds';
  if (unmet === 0) return metTexts[all] ?? `All ${all} thresholds are met`;
  return `${unmet} of ${counted(all, 'threshold')} not met`;
}

const TILES_MAX = 4;
const foremost = ['ndcg@10', 'recall@10', 'mrr@10', 'abstention_auc'];

export function summaryTiles({ metrics, comparisons }: Report): Html {
  const names = Object.keys(metrics);
  const chosen = [
    ...foremost.filter((name) => names.includes(name)),
    ...names.filter((name) => !foremost.includes(name)),
  ];
  const tiles = chosen.slice(0, TILES_MAX).flatMap((name) => {
    const estimate = metrics[name];
    if (estimate === undefined) return [];
    const against = comparisons.flatMap((comparison) => {
      const difference = comparison.differences.find(({ metric }) => metric === name);
      return difference === undefined ? [] : [againstLine(comparison.against, difference)];
    });
    return [
      html`<li class="tile"><span class="tile-name">${metricLabel(name)}</span>
<span class="tile-value number">${figure(estimate.value)}</span>
<span class="fine number">${interval(estimate.low, estimate.high)}</span>
${against}</li>`,
    ];
  });
  return html`<ul class="tiles">${tiles}</ul>`;
}

function againstLine(against: string, { verdict, difference }: Difference): Html {
  return html`<span class="tile-against">${verdictChip(verdict)} <span class="number">${signedFigure(difference)}</span> <span class="fine">against ${against}</span></span>`;
}
