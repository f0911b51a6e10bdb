/** Every metric in a row: its mean and interval, the same against each other row, and what the suite asks of it. */
import type { Estimate, Report } from '../harness/types.js';
import { metricNamed } from '../metrics/index.js';
import { type Html, html } from './html.js';
import { counted, figure, interval, metricLabel } from './metric-text.js';
import { differenceCell, passChip } from './verdict.js';
import { whisker } from './whisker.js';

export function metricsTable(report: Report): Html {
  const { metrics, comparisons, thresholds, setup } = report;
  const heads = comparisons.map(({ against }) => html`<th scope="col">against ${against}</th>`);
  const bounds = thresholds.length === 0 ? null : html`<th scope="col">threshold</th>`;
  const names = [...new Set([...Object.keys(metrics), ...thresholds.map(({ metric }) => metric)])];
  return html`<div class="scroll" role="region" aria-labelledby="metrics-title" tabindex="0">
<table class="metrics">
<thead><tr><th scope="col">metric</th><th scope="col">${setup.name}</th><th scope="col" class="wide"><span class="unseen">drawn</span></th>${heads}${bounds}</tr></thead>
<tbody>${names.map((name) => metricRow(report, name))}</tbody>
</table>
</div>`;
}

function metricRow({ metrics, comparisons, thresholds }: Report, name: string): Html {
  const differences = comparisons.map(({ differences }) => differences.find(({ metric }) => metric === name));
  const others = differences.flatMap((one) => (one === undefined ? [] : [one.other]));
  const results = thresholds.filter(({ metric }) => metric === name);
  const asked = results.map(({ met, bound }) => html`<p>${passChip(met)} <span class="number">${bound}</span></p>`);
  return html`<tr><th scope="row">${metricLabel(name)}${described(name)}</th>${estimateCells(metrics[name], others)}
${differences.map((one) => html`<td>${one === undefined ? html`<span class="fine">not compared</span>` : differenceCell(one)}</td>`)}
${thresholds.length === 0 ? null : html`<td>${asked.length === 0 ? html`<span class="fine">none</span>` : asked}</td>`}</tr>`;
}

function described(name: string): Html | null {
  const metric = metricNamed(name);
  return metric === undefined
    ? null
    : html`<span class="fine">${metric.describe}; ${metric.direction} is better</span>`;
}

function estimateCells(estimate: Estimate | undefined, others: readonly number[]): Html {
  if (estimate === undefined) return html`<td><span class="fine">no value</span></td><td class="wide"></td>`;
  const { value, low, high, questions, unjudged } = estimate;
  return html`<td><span class="number strong">${figure(value)}</span>
<span class="fine number">${interval(low, high)}</span>
<span class="fine more">${counted(questions, 'question')}${unjudged === null || unjudged === 0 ? null : `, ${unjudged} unjudged`}</span></td>
<td class="wide">${whisker(estimate, others)}</td>`;
}
