import { chip, el } from './dom.js';
import { figure } from './format.js';
import { conversation, findingList } from './question.js';
import { judgement, metricTable, scrolled } from './ranking.js';

// Two contexts of one question, side by side.

const kinds = {
  entered: ['better', 'entered', '+'],
  left: ['worse', 'left', '−'],
  moved: ['plain', 'moved', '↕'],
};

export function changeDetail(change, { a, b, metrics }) {
  const rows = [
    { label: b, metrics: change.b.metrics },
    { label: a, metrics: change.a.metrics },
  ];
  return el(
    'div',
    { class: 'opened stacked' },
    el('section', null, el('h3', null, 'Question'), conversation(change)),
    el('section', null, el('h3', null, 'Contexts'), contextTable(change, a, b)),
    el('section', null, el('h3', null, 'Metrics'), metricTable(metrics, rows)),
    el('section', { class: 'sides' }, el('h3', null, 'Findings'), sideFindings(a, change.a), sideFindings(b, change.b)),
  );
}

function sideFindings(name, { findings, refused }) {
  const found = refused === undefined ? findingList(findings) : el('p', null, `Refused for being ${refused}.`);
  return el('div', null, el('h4', null, name), found);
}

function contextTable({ refs }, a, b) {
  if (refs.length === 0) return el('p', { class: 'fine' }, 'Nothing is in either context.');
  const head = el(
    'tr',
    null,
    el('th', { scope: 'col', colspan: 4, class: 'side-a' }, a),
    el('th', { scope: 'col', colspan: 3 }, 'reference'),
    el('th', { scope: 'col', colspan: 4, class: 'side-b' }, b),
  );
  const parts = ['rank', 'score', 'lexical', 'dense'];
  const second = el(
    'tr',
    null,
    parts.map((text) => el('th', { scope: 'col', class: 'number side-a' }, text)),
    ['', 'change', 'judged'].map((text) => el('th', { scope: 'col' }, text)),
    parts.map((text) => el('th', { scope: 'col', class: 'number side-b' }, text)),
  );
  const rows = refs.map((one) =>
    el(
      'tr',
      { class: (one.gain ?? 0) > 0 ? 'hit' : null },
      placeCells(one.a, 'side-a'),
      el('th', { scope: 'row', class: 'ref' }, one.ref),
      el('td', null, changeMark(one)),
      el('td', null, judgement(one.ref, one.gain === null ? {} : { [one.ref]: one.gain })),
      placeCells(one.b, 'side-b'),
    ),
  );
  return scrolled(
    'Contexts side by side',
    el('table', { class: 'small contexts' }, el('thead', null, head, second), el('tbody', null, rows)),
  );
}

function placeCells(place, name) {
  if (place === null) return el('td', { colspan: 4, class: `absent ${name}` }, 'not there');
  if (place.rank === null) return el('td', { colspan: 4, class: `fine ${name}` }, 'there, not by retrieval');
  const { score, lexical, dense } = place.score;
  return [String(place.rank), figure(score), figure(lexical), figure(dense)].map((text) =>
    el('td', { class: `number ${name}` }, text),
  );
}

function changeMark({ kind, valueChanged, a, b }) {
  const known = kinds[kind];
  const ranks = kind === 'moved' ? ` ${a.rank ?? '–'} → ${b.rank ?? '–'}` : '';
  return [
    known === undefined ? null : chip(known[0], `${known[1]}${ranks}`, known[2]),
    valueChanged ? chip('worse', 'another value', '≠') : null,
  ];
}

/** How many references came, went and moved. */
export function changeCounts({ refs }) {
  const count = (kind) => refs.filter((one) => one.kind === kind).length;
  return {
    entered: count('entered'),
    left: count('left'),
    moved: count('moved'),
    valued: refs.filter(({ valueChanged }) => valueChanged).length,
  };
}
