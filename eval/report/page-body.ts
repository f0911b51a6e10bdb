/** The page without its script: all figures are here; plots and the table of questions are places that the script fills. */
import type { Report } from '../harness/types.js';
import { type Html, html } from './html.js';
import { masthead, summaryTiles } from './masthead.js';
import { counted, lasting } from './metric-text.js';
import { metricsTable } from './metrics-table.js';

export function reportBody(report: Report): Html {
  return html`${masthead(report)}
<main id="main" tabindex="-1">
${summaryTiles(report)}
<section aria-labelledby="metrics-title">
<h2 id="metrics-title">Metrics</h2>
<p class="lead">Means over the questions that have a value, with 95&nbsp;% bootstrap intervals; differences are paired by question. Drawn: a dot for this set-up, a line for its interval, ticks for the others.</p>
${metricsTable(report)}
</section>
<section aria-labelledby="plots-title">
<h2 id="plots-title">Over the stream</h2>
<div class="plots" id="plots"><noscript><p>The plots are drawn by the page's own script, which is switched off.</p></noscript></div>
</section>
${findingsSection(report)}
<section aria-labelledby="questions-title">
<h2 id="questions-title">Questions</h2>
<div id="questions"><noscript><p>The questions are listed by the page's own script, which is switched off.</p></noscript></div>
</section>
${streamSection(report)}
</main>
<footer>${footing(report)}</footer>`;
}

const findingTexts: readonly (readonly [Report['questions'][number]['findings'][number]['kind'], string])[] = [
  ['future_record', 'Records from the future'],
  ['stale_hit', 'Stale values'],
  ['wrong_policy_version', 'Wrong policy versions'],
  ['entitlement_leak', 'Entitlements not in force'],
  ['cross_tenant_leak', 'Values of another tenant'],
  ['fact_missing', 'Facts that are missing'],
  ['fact_forbidden', 'Facts that must not be there'],
];

function findingsSection({ questions }: Report): Html {
  const all = questions.flatMap(({ findings }) => findings);
  const rows = findingTexts.map(([kind, name]) => {
    const count = all.filter((finding) => finding.kind === kind).length;
    const state = count === 0 ? 'better' : 'worse';
    return html`<li class="${state}"><span class="count number">${count}</span> <span>${name}</span></li>`;
  });
  return html`<section aria-labelledby="findings-title">
<h2 id="findings-title">Findings</h2>
<p class="lead">What is wrong with an answer whatever its ranking, found by a model of the truth that shares no code with the service.</p>
<ul class="findings">${rows}</ul>
</section>`;
}

function streamSection({ stream }: Report): Html {
  const facts: readonly (readonly [string, number])[] = [
    ['records', stream.records],
    ['applied', stream.applied],
    ['superseded', stream.superseded],
    ['duplicates', stream.duplicates],
    ['rejected', stream.rejected],
  ];
  const notices = stream.notices.map((notice) => html`<li>${notice}</li>`);
  return html`<section aria-labelledby="stream-title">
<h2 id="stream-title">The stream</h2>
<dl class="facts">${facts.map(([name, count]) => html`<div><dt>${name}</dt><dd class="number">${count.toLocaleString('en')}</dd></div>`)}</dl>
${notices.length === 0 ? html`<p class="fine">Nothing to note: no holes, no dates out of order, nothing rejected without a line here.</p>` : html`<details class="notices" open><summary>${counted(notices.length, 'notice')}</summary><ul>${notices}</ul></details>`}
</section>`;
}

function footing({ suite, seed, times, setup }: Report): Html {
  return html`<dl class="facts">
<div><dt>suite</dt><dd><code>${suite.digest}</code></dd></div>
<div><dt>generation</dt><dd><code>${setup.generation}</code></dd></div>
<div><dt>ranking</dt><dd><code>${setup.ranking}</code></dd></div>
<div><dt>seed</dt><dd>${seed}</dd></div>
<div><dt>run</dt><dd>${times.startedAt}, ${lasting(times.totalMs)}</dd></div>
</dl>
<p class="fine">Made by Tidemark. This page is one file and loads nothing.</p>`;
}
