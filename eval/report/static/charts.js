import { counted, day, figure, instant, lasting, span, wordsOf } from './format.js';
import { plotFigure, toldFigure } from './plot.js';
import {
  binsOf,
  findingKindsOf,
  findingShare,
  histogram,
  meanOf,
  quantile,
  ratioEdges,
  sharesBelow,
} from './series.js';

// The four plots of a report.

const BINS_MAX = 40;
const lines = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5', '--line-6', '--line-7'];
const percent = (value) => `${(value * 100).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %`;

/** The chosen metric over stream time, beside the same of the other rows. */
export function qualityFigure({ setup, others, questions }, metric, controls) {
  const title = `${metric.label} over stream time`;
  const judged = questions.filter(({ metrics }) => metrics[metric.name] !== null && metrics[metric.name] !== undefined);
  if (judged.length === 0) return toldFigure(title, `No question has a value of ${metric.label} of its own.`);
  const made = binsOf(judged, BINS_MAX);
  if (made === null)
    return toldFigure(
      title,
      `All ${counted(judged.length, 'question')} with a value are asked at one instant, ${instant(judged[0].atMs)}: there is no course to draw.`,
    );
  const drawn = others.filter((other) =>
    judged.some(({ others: rows }) => typeof rows[other]?.[metric.name] === 'number'),
  );
  const means = (valued) => made.bins.map((bin) => meanOf(bin.questions, valued));
  return plotFigure({
    title,
    controls,
    caption: `Means of the questions of each ${span(made.widthMs)}; ${counted(judged.length, 'question')} with a value.`,
    data: [
      secondsOf(made),
      means(({ metrics }) => metrics[metric.name]),
      ...drawn.map((other) => means(({ others: rows }) => rows[other]?.[metric.name])),
    ],
    series: [
      { label: setup, colour: lines[0] },
      ...drawn.map((label, at) => ({ label, colour: lines[at + 1], dash: [6, 4] })),
    ],
    ...overTime(metric.label),
    write: figure,
    range: (_, low, high) => (low >= 0 && high <= 1 ? [0, 1] : [0, (high || 1) * 1.1]),
  });
}

/** How often answers have findings, over stream time, kind by kind. */
export function findingFigure({ questions }) {
  const title = 'Answers with findings over stream time';
  const kinds = findingKindsOf(questions);
  if (kinds.length === 0)
    return toldFigure(
      title,
      `None of the ${counted(questions.length, 'answer')} has a finding: nothing stale, nothing from the future, nothing of another tenant.`,
      '✓',
    );
  const made = binsOf(questions, BINS_MAX);
  if (made === null) return toldFigure(title, 'All questions are asked at one instant: the counts are under Findings.');
  return plotFigure({
    title,
    caption: `The share of the answers of each ${span(made.widthMs)} that have at least one finding of a kind.`,
    data: [secondsOf(made), ...kinds.map((kind) => made.bins.map((bin) => findingShare(bin.questions, kind)))],
    series: kinds.map((kind, at) => ({ label: wordsOf(kind), colour: lines[at % lines.length] })),
    ...overTime('share of the answers'),
    write: percent,
    range: (_, __, high) => [0, Math.min(1, Math.max(0.02, high * 1.15))],
  });
}

function secondsOf({ bins }) {
  return bins.map(({ middleMs }) => middleMs / 1000);
}

function overTime(label) {
  return { axes: ['stream time (UTC)', label], isTime: true, writeX: (seconds) => day(seconds * 1000) };
}

/** The distribution of latency, one line for each stage. */
export function latencyFigure({ questions }) {
  const title = 'Latency by stage';
  const timed = questions.filter(({ latencyMs }) => latencyMs !== null);
  const stages = Object.keys(timed[0]?.latencyMs ?? {});
  if (stages.length === 0) return toldFigure(title, 'No latencies are kept in this report.');
  const valuesOf = (stage) => timed.map(({ latencyMs }) => Math.max(0.01, latencyMs[stage]));
  const all = stages.flatMap(valuesOf);
  const least = all.reduce((a, b) => Math.min(a, b), Infinity);
  const most = Math.max(
    least * 2,
    all.reduce((a, b) => Math.max(a, b), 0),
  );
  const edges = ratioEdges(least, most, 80);
  const told = stages.map(
    (stage) =>
      `${wordsOf(stage)} ${lasting(quantile(valuesOf(stage), 0.5))}, ${lasting(quantile(valuesOf(stage), 0.95))}`,
  );
  return plotFigure({
    title,
    caption: `The share of the questions that took at most so long; median and 95th percentile: ${told.join('; ')}.`,
    data: [edges, ...stages.map((stage) => sharesBelow(valuesOf(stage), edges))],
    series: stages.map((stage, at) => ({ label: wordsOf(stage), colour: lines[at], points: false })),
    axes: ['at most', 'share of the questions'],
    isLogarithmic: true,
    write: percent,
    writeX: lasting,
    range: () => [0, 1],
  });
}

const BARS = 20;

/** How sure retrieval was, of questions that could be answered beside those that could not. */
export function confidenceFigure({ questions }) {
  const title = 'Confidence: answerable or not';
  const known = questions.filter(({ confidence, answerable }) => confidence !== null && answerable !== null);
  if (known.length === 0) return toldFigure(title, 'No question of this suite says whether it can be answered.');
  const values = known.map(({ confidence }) => confidence);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = (high - low || 1) / BARS;
  const of = (kind) => {
    const chosen = known.filter(({ answerable }) => answerable === kind);
    const counts = histogram(
      chosen.map(({ confidence }) => confidence),
      { low, high, count: BARS },
    );
    return { count: chosen.length, shares: counts.map((count) => (chosen.length === 0 ? 0 : count / chosen.length)) };
  };
  const [yes, no] = [of(true), of(false)];
  const bars = (align) => uPlot.paths.bars({ align, size: [0.42, 40], gap: 0 });
  return plotFigure({
    title,
    caption: `${counted(yes.count, 'answerable question')} and ${counted(no.count, 'unanswerable one')}, each as shares of its own number: the less they overlap, the better a threshold tells them apart.`,
    data: [Array.from({ length: BARS }, (_, at) => low + (at + 0.5) * width), yes.shares, no.shares],
    series: [
      { label: 'answerable', colour: '--line-1', fill: '--fill-1', paths: bars(-1), points: false },
      { label: 'unanswerable', colour: '--line-2', fill: '--fill-2', paths: bars(1), points: false },
    ],
    axes: ['confidence', 'share'],
    write: percent,
    writeX: figure,
    range: (_, __, most) => [0, Math.max(0.05, most * 1.1)],
  });
}
