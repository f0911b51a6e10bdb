import { el } from './dom.js';
import { minute } from './format.js';
import { colour, onTheme } from './theme.js';

// A figure: a plot for the eye, its caption for everybody, and the same numbers as a table.

const HEIGHT = 220;
const DAY_SECONDS = 86_400;

/**
 * `series`: `{ label, colour, dash?, paths?, fill? }`, one for each array of `data` but the first; `axes`: texts of the two axes;
 * `write(value)` and `writeX(value)` give a figure's text.
 */
export function plotFigure({
  title,
  caption,
  controls,
  data,
  series,
  axes,
  isTime,
  isLogarithmic,
  range,
  write,
  writeX,
}) {
  const place = el('div', { class: 'plot', role: 'img', 'aria-label': `${title}. ${caption}` });
  const figure = el(
    'figure',
    null,
    el('div', { class: 'plot-head' }, el('h3', null, title), controls ?? null),
    place,
    el('figcaption', { class: 'fine' }, caption),
    tableOf({ data, series, axes, write, writeX }),
  );
  const plot = new uPlot(optionsOf({ series, axes, isTime, isLogarithmic, range, write, writeX }), data, place);
  onTheme(() => {
    plot.redraw(false);
    colourMarkers(place, series);
  });
  new ResizeObserver(() => {
    const width = Math.floor(place.clientWidth);
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  }).observe(place);
  return figure;
}

/** The legend's marks are elements, which the library colours once. */
function colourMarkers(place, series) {
  const [, ...rows] = place.querySelectorAll('.u-legend .u-series');
  for (const [at, row] of rows.entries()) {
    const marker = row.querySelector('.u-marker');
    marker.style.borderColor = colour(series[at].colour);
    if (series[at].fill) marker.style.background = colour(series[at].fill);
  }
}

/** Where there is nothing to draw, a sentence says what that means. */
export function toldFigure(title, text, sign) {
  return el(
    'figure',
    { class: 'told' },
    el('div', { class: 'plot-head' }, el('h3', null, title)),
    el('p', null, sign ? el('span', { class: 'sign', 'aria-hidden': 'true' }, sign) : null, text),
  );
}

function optionsOf({ series, axes, isTime, isLogarithmic, range, write, writeX }) {
  const writeTick = (at, step) => {
    if (at === null) return '';
    return isTime && step < DAY_SECONDS ? minute(at * 1000) : writeX(at);
  };
  const axis = (label, more) => ({
    label,
    labelSize: 20,
    labelGap: 0,
    gap: 4,
    labelFont: '12px system-ui, sans-serif',
    font: '11px system-ui, sans-serif',
    stroke: () => colour('--ink-2'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
    ...more,
  });
  return {
    width: 320,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { y: false, points: { size: 7 } },
    legend: { live: true },
    scales: { x: { time: isTime === true, distr: isLogarithmic ? 3 : 1 }, y: { range } },
    axes: [
      axis(axes[0], {
        size: 26,
        space: isTime ? 90 : 60,
        values: (_, splits, __, ___, step) => splits.map((at) => writeTick(at, step)),
      }),
      axis(axes[1], { size: 46, values: (_, splits) => splits.map(write) }),
    ],
    series: [
      { label: axes[0], value: (_, at) => (at === null ? '–' : writeX(at)) },
      ...series.map(({ label, colour: name, dash, paths, fill, points }) => ({
        label,
        stroke: () => colour(name),
        fill: fill ? () => colour(fill) : undefined,
        width: fill ? 0 : 2,
        dash,
        paths,
        spanGaps: true,
        points: points === false ? { show: false } : { size: 6, fill: () => colour(name) },
        value: (_, value) => (value === null ? '–' : write(value)),
      })),
    ],
  };
}

/** At most so many rows: a table is for reading. */
const TABLE_ROWS_MAX = 60;

function tableOf({ data, series, axes, write, writeX }) {
  const [xs, ...rest] = data;
  const step = Math.ceil(xs.length / TABLE_ROWS_MAX);
  const rows = xs.flatMap((x, at) => {
    if (at % step !== 0) return [];
    return [
      el(
        'tr',
        null,
        el('th', { scope: 'row' }, writeX(x)),
        rest.map((values) => el('td', null, values[at] === null ? '–' : write(values[at]))),
      ),
    ];
  });
  const head = el(
    'tr',
    null,
    [axes[0], ...series.map(({ label }) => label)].map((text) => el('th', { scope: 'col' }, text)),
  );
  return el(
    'details',
    { class: 'numbers' },
    el('summary', null, 'The same as a table'),
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Numbers of the plot' },
      el('table', null, el('thead', null, head), el('tbody', null, rows)),
    ),
  );
}
