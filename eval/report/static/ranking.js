import { chip, el } from './dom.js';
import { figure, signedFigure } from './format.js';

// Rankings and metrics of one question.

/** `relevant` is the gain by reference; null where nobody judged. */
export function judgement(ref, relevant) {
  if (relevant === null) return el('span', { class: 'fine' }, 'not judged');
  const gain = relevant[ref];
  if (gain === undefined) return el('span', { class: 'fine' }, 'unjudged');
  if (gain <= 0) return chip('plain', 'not relevant');
  return chip('better', gain === 1 ? 'relevant' : `relevant, gain ${figure(gain)}`, '✓');
}

export function rankingTable(ranking, relevant) {
  if (ranking.length === 0) return el('p', { class: 'fine' }, 'Nothing was retrieved.');
  const head = ['rank', 'reference', 'judged', 'score', 'lexical', 'dense'];
  const rows = ranking.map(({ ref, score, lexical, dense }, at) =>
    el(
      'tr',
      { class: (relevant?.[ref] ?? 0) > 0 ? 'hit' : null },
      el('td', { class: 'number' }, String(at + 1)),
      el('th', { scope: 'row', class: 'ref' }, ref),
      el('td', null, judgement(ref, relevant)),
      [score, lexical, dense].map((value) => el('td', { class: 'number' }, figure(value))),
    ),
  );
  return scrolled(
    'Ranking',
    el(
      'table',
      { class: 'small' },
      el(
        'thead',
        null,
        el(
          'tr',
          null,
          head.map((text) => el('th', { scope: 'col' }, text)),
        ),
      ),
      el('tbody', null, rows),
    ),
  );
}

/** `rows` are `{ label, metrics }`, the first of which the others are compared with. */
export function metricTable(metrics, rows) {
  const [ours, ...others] = rows;
  const valued = metrics.filter(({ name }) => rows.some((row) => typeof row.metrics[name] === 'number'));
  if (valued.length === 0) return el('p', { class: 'fine' }, 'No metric has a value for this question.');
  const head = el(
    'tr',
    null,
    ['metric', ...rows.map(({ label }) => label)].map((text) => el('th', { scope: 'col' }, text)),
  );
  const body = valued.map((metric) => {
    const value = ours.metrics[metric.name] ?? null;
    return el(
      'tr',
      null,
      el('th', { scope: 'row' }, metric.label),
      el('td', { class: 'number' }, figure(value)),
      others.map((row) =>
        el(
          'td',
          { class: 'number' },
          figure(row.metrics[metric.name] ?? null),
          ' ',
          differenceText(metric, value, row.metrics[metric.name] ?? null),
        ),
      ),
    );
  });
  return scrolled(
    'Metrics of this question',
    el('table', { class: 'small' }, el('thead', null, head), el('tbody', null, body)),
  );
}

/** Of ours to the other: in words for whoever cannot see the colour. */
export function differenceText(metric, ours, other) {
  if (ours === null || other === null) return null;
  const difference = ours - other;
  if (Math.abs(difference) < 1e-9) return el('span', { class: 'equal-text' }, '= equal');
  const isBetter = difference > 0 === metric.higher;
  return el(
    'span',
    { class: isBetter ? 'better-text' : 'worse-text' },
    `${isBetter ? '▲' : '▼'} ${signedFigure(difference)}`,
    el('span', { class: 'unseen' }, isBetter ? ' better' : ' worse'),
  );
}

export function scrolled(label, child) {
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, child);
}
