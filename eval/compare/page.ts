/** A comparison as one page of the family of the report's. */
import { lagText } from '../harness/lag.js';
import { readAssets } from '../report/assets.js';
import { documentOf } from '../report/document.js';
import { type Html, html } from '../report/html.js';
import { themeChoice, tide } from '../report/masthead.js';
import { counted, figure, metricLabel } from '../report/metric-text.js';
import { metricsOf } from '../report/page-data.js';
import { differenceCell } from '../report/verdict.js';
import type { ContextComparison } from './types.js';

/** A whole HTML document that loads nothing. */
export async function comparisonPage(comparison: ContextComparison): Promise<string> {
  const { a, b, changes, metrics, suite } = comparison;
  return documentOf(
    {
      title: `${suite.name}: ${b.name} against ${a.name} · Tidemark evaluation`,
      data: { a: a.name, b: b.name, metrics: metricsOf(metrics), changes },
      body: bodyOf(comparison),
    },
    await readAssets('comparison'),
  );
}

function bodyOf(comparison: ContextComparison): Html {
  const { a, b, suite, questions } = comparison;
  return html`<header class="masthead">
<div class="bar"><span class="brand">${tide}Tidemark <span class="fine">comparison</span></span>${themeChoice}</div>
<h1>${b.name} <span class="against">against</span> ${a.name}</h1>
<p class="lead">${suite.name} · ${counted(questions, 'question')} asked of both</p>
${verdict(comparison)}
</header>
<main id="main" tabindex="-1">
<section aria-labelledby="metrics-title">
<h2 id="metrics-title">Metrics</h2>
<p class="lead">Differences are those of ${b.name} to ${a.name}, paired by question, with 95&nbsp;% bootstrap intervals.</p>
${differencesTable(comparison)}
</section>
<section aria-labelledby="changes-title">
<h2 id="changes-title">Contexts that changed</h2>
<div id="changes"><noscript><p>The contexts are listed by the page's own script, which is switched off.</p></noscript></div>
</section>
</main>
<footer>${footing(comparison)}</footer>`;
}

function verdict({ differences, changed, questions, onlyInA, onlyInB, a, b }: ContextComparison): Html {
  const better = differences.filter((one) => one.verdict === 'better').map(({ metric }) => metricLabel(metric));
  const worse = differences.filter((one) => one.verdict === 'worse').map(({ metric }) => metricLabel(metric));
  const state = worse.length > 0 ? 'worse' : better.length > 0 ? 'better' : 'equal';
  const only = [
    [a.name, onlyInA.length],
    [b.name, onlyInB.length],
  ] as const;
  return html`<div class="verdict ${state}">
<p><strong>${changed.toLocaleString('en')} of ${counted(questions, 'context')} changed</strong></p>
<ul>
<li>better: ${better.length === 0 ? 'no metric' : better.join(', ')}</li>
<li>worse: ${worse.length === 0 ? 'no metric' : worse.join(', ')}</li>
${only.map(([name, count]) => (count === 0 ? null : html`<li>${counted(count, 'question')} asked of ${name} only</li>`))}
</ul>
</div>`;
}

function differencesTable({ differences, a, b }: ContextComparison): Html {
  const rows = differences.map(
    (one) => html`<tr><th scope="row">${metricLabel(one.metric)}</th>
<td><span class="number">${figure(one.other)}</span></td><td><span class="number strong">${figure(one.ours)}</span>
<span class="fine">${counted(one.questions, 'question')}</span></td><td>${differenceCell(one)}</td></tr>`,
  );
  return html`<div class="scroll" role="region" aria-labelledby="metrics-title" tabindex="0">
<table class="metrics">
<thead><tr><th scope="col">metric</th><th scope="col">${a.name}</th><th scope="col">${b.name}</th><th scope="col">difference</th></tr></thead>
<tbody>${rows.length === 0 ? html`<tr><td colspan="4">No metric has a value on both sides.</td></tr>` : rows}</tbody>
</table>
</div>`;
}

function footing({ suite, a, b }: ContextComparison): Html {
  const facts = [a, b].map(
    ({ name, generation, ranking, lag }) =>
      html`<div><dt>${name}</dt><dd><code>${generation}</code> <code>${ranking}</code>${lag === undefined ? null : ` ${lagText(lag)}`}</dd></div>`,
  );
  return html`<dl class="facts"><div><dt>suite</dt><dd><code>${suite.digest}</code></dd></div>${facts}</dl>
<p class="fine">Made by Tidemark. This page is one file and loads nothing.</p>`;
}
