import { changeCounts, changeDetail } from './change.js';
import { choice, el, readData } from './dom.js';
import { figure, instant, shortened } from './format.js';
import { createList } from './list.js';
import { differenceText } from './ranking.js';
import { startTheme } from './theme.js';

// The page of a comparison: the questions whose context changed.

const data = readData();
const TEXT_SHOWN_MAX = 140;
const perQuestion = data.metrics.filter(({ name }) =>
  data.changes.some(({ a, b }) => typeof (a.metrics[name] ?? b.metrics[name]) === 'number'),
);
let metric = perQuestion[0] ?? null;
const counts = new Map(data.changes.map((change) => [change, changeCounts(change)]));

function valueIn(side) {
  return metric === null ? null : (side.metrics[metric.name] ?? null);
}

function gainOf({ a, b }) {
  const [before, after] = [valueIn(a), valueIn(b)];
  return before === null || after === null ? null : (after - before) * (metric.higher ? 1 : -1);
}

function questionCell({ id, text }) {
  return [
    el('span', { class: 'ask', dir: 'auto' }, shortened(text || '(no question)', TEXT_SHOWN_MAX)),
    el('span', { class: 'fine id' }, id),
  ];
}

function countColumn(label, name) {
  const value = (change) => counts.get(change)[name];
  return { label, class: 'number', value, show: (change) => (value(change) === 0 ? '–' : String(value(change))) };
}

function columnsOf() {
  return [
    { label: 'question', value: ({ text }) => text, show: questionCell },
    {
      label: 'asked at',
      class: 'wide',
      value: ({ atMs }) => atMs,
      show: ({ atMs }) => el('span', { class: 'number fine' }, instant(atMs)),
    },
    countColumn('entered', 'entered'),
    countColumn('left', 'left'),
    countColumn('moved', 'moved'),
    countColumn('other values', 'valued'),
    ...(metric === null
      ? []
      : [
          {
            label: `${metric.label}, ${data.b}`,
            class: 'number',
            value: ({ b }) => valueIn(b),
            show: ({ b }) => figure(valueIn(b)),
          },
          {
            label: `to ${data.a}`,
            class: 'number',
            value: gainOf,
            show: ({ a, b }) => differenceText(metric, valueIn(b), valueIn(a)) ?? '–',
          },
        ]),
  ];
}

const filters = [
  { label: 'all', holds: () => true },
  ...(metric === null
    ? []
    : [
        { label: `worse by ${metric.label}`, holds: (change) => (gainOf(change) ?? 0) < -1e-9 },
        { label: `better by ${metric.label}`, holds: (change) => (gainOf(change) ?? 0) > 1e-9 },
      ]),
  { label: 'other items', holds: (change) => counts.get(change).entered + counts.get(change).left > 0 },
  { label: 'other values', holds: (change) => counts.get(change).valued > 0 },
  { label: 'other findings', holds: ({ a, b }) => JSON.stringify(a.findings) !== JSON.stringify(b.findings) },
];

const texts = new Map(
  data.changes.map((change) => [
    change,
    [change.id, change.text, ...change.refs.map(({ ref }) => ref)].join('\n').toLowerCase(),
  ]),
);

const list = createList({
  items: data.changes,
  noun: 'question',
  filters,
  searchText: (change) => texts.get(change),
  idOf: ({ id }) => id,
  detail: (change) => changeDetail(change, data),
  controls:
    perQuestion.length < 2
      ? null
      : choice(
          'Metric',
          perQuestion.map(({ name, label }) => [name, label]),
          (name) => {
            metric = perQuestion.find((one) => one.name === name);
            list.draw();
          },
        ),
  columnsOf,
});

startTheme();
document.getElementById('changes').replaceChildren(list.element);
const named = /^#question=(.+)$/.exec(location.hash);
if (named !== null) list.open(decodeURIComponent(named[1]));
