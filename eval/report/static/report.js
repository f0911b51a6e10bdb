import { confidenceFigure, findingFigure, latencyFigure, qualityFigure } from './charts.js';
import { chip, choice, el, readData } from './dom.js';
import { figure, instant, lasting, shortened, wordsOf } from './format.js';
import { createList } from './list.js';
import { questionDetail, relevantRefs } from './question.js';
import { differenceText } from './ranking.js';
import { startTheme } from './theme.js';

// The page of a report: its plots and its list of questions.

const data = readData();
const TEXT_SHOWN_MAX = 140;
const perQuestion = data.metrics.filter(({ name }) =>
  data.questions.some(({ metrics }) => typeof metrics[name] === 'number'),
);
let metric = perQuestion[0] ?? null;

function drawPlots() {
  const place = document.getElementById('plots');
  const quality = el('div', { class: 'cell' });
  const names = perQuestion.map(({ name, label }) => [name, label]);
  const drawQuality = () => {
    const { activeElement } = document;
    const hadFocus = quality.contains(activeElement);
    const controls = choice('Metric', names, (name) => {
      metric = perQuestion.find((one) => one.name === name);
      drawQuality();
      list.draw();
    });
    const select = controls.querySelector('select');
    select.value = metric.name;
    quality.replaceChildren(qualityFigure(data, metric, controls));
    if (hadFocus) select.focus();
  };
  if (metric !== null) drawQuality();
  place.replaceChildren(
    metric === null ? '' : quality,
    findingFigure(data),
    latencyFigure(data),
    confidenceFigure(data),
  );
}

function valued(question) {
  return metric === null ? null : (question.metrics[metric.name] ?? null);
}

function otherValueOf(question) {
  return metric === null ? null : (question.others[data.others[0]]?.[metric.name] ?? null);
}

/** How much better than the first other row; null where one of them has no value. */
function gainOf(question) {
  const [ours, other] = [valued(question), otherValueOf(question)];
  return ours === null || other === null ? null : (ours - other) * (metric.higher ? 1 : -1);
}

function questionCell({ id, text }) {
  return [
    el('span', { class: 'ask', dir: 'auto' }, shortened(text || '(no question)', TEXT_SHOWN_MAX)),
    el('span', { class: 'fine id' }, id),
  ];
}

function findingsCell({ findings }) {
  if (findings.length === 0) return el('span', { class: 'fine' }, 'none');
  const kinds = [...new Set(findings.map(({ kind }) => wordsOf(kind)))];
  return chip('worse', kinds.length === 1 ? kinds[0] : `${findings.length} findings`, '✗');
}

function totalMs({ latencyMs }) {
  return latencyMs === null ? null : Object.values(latencyMs).reduce((sum, ms) => sum + ms, 0);
}

function columnsOf() {
  const [other] = data.others;
  return [
    { label: 'question', value: ({ text }) => text, show: questionCell },
    {
      label: 'asked at',
      class: 'wide',
      value: ({ atMs }) => atMs,
      show: ({ atMs }) => el('span', { class: 'number fine' }, instant(atMs)),
    },
    ...(metric === null
      ? []
      : [{ label: metric.label, class: 'number', value: valued, show: (question) => figure(valued(question)) }]),
    ...(metric === null || other === undefined
      ? []
      : [
          {
            label: `against ${other}`,
            class: 'number',
            value: gainOf,
            show: (question) => differenceText(metric, valued(question), otherValueOf(question)) ?? '–',
          },
        ]),
    {
      label: 'confidence',
      class: 'number wide',
      value: ({ confidence }) => confidence,
      show: ({ confidence }) => figure(confidence),
    },
    { label: 'findings', value: ({ findings }) => findings.length, show: findingsCell },
    {
      label: 'took',
      class: 'number wide',
      value: totalMs,
      show: (question) => (question.latencyMs === null ? '–' : lasting(totalMs(question))),
    },
  ];
}

function filtersOf() {
  const [other] = data.others;
  const missesAll = ({ relevant, ranking }) =>
    relevantRefs(relevant).length > 0 && !ranking.some(({ ref }) => (relevant[ref] ?? 0) > 0);
  const compared =
    other === undefined || metric === null
      ? []
      : [
          { label: `worse than ${other} by ${metric.label}`, holds: (question) => (gainOf(question) ?? 0) < -1e-9 },
          { label: `better than ${other} by ${metric.label}`, holds: (question) => (gainOf(question) ?? 0) > 1e-9 },
        ];
  return [
    { label: 'all', holds: () => true },
    { label: 'with findings', holds: ({ findings }) => findings.length > 0 },
    { label: 'nothing relevant retrieved', holds: missesAll },
    ...compared,
    { label: 'unanswerable', holds: ({ answerable }) => answerable === false },
  ];
}

const texts = new Map(
  data.questions.map((question) => [
    question,
    [
      question.id,
      question.text,
      ...question.ranking.map(({ ref }) => ref),
      ...question.findings.map(({ detail }) => detail),
    ]
      .join('\n')
      .toLowerCase(),
  ]),
);

const list = createList({
  items: data.questions,
  noun: 'question',
  filters: filtersOf(),
  searchText: (question) => texts.get(question),
  idOf: ({ id }) => id,
  detail: (question) => questionDetail(question, data),
  columnsOf,
});

startTheme();
document.getElementById('questions').replaceChildren(list.element);
drawPlots();
// `#question=<id>` is an address for one question.
const named = /^#question=(.+)$/.exec(location.hash);
if (named !== null) list.open(decodeURIComponent(named[1]));
