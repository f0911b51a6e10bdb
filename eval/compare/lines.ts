/** A comparison for a terminal: the metrics, then the questions whose context changed. */
import { figure, interval, metricLabel, signedFigure } from '../report/metric-text.js';
import type { ContextChange, ContextComparison, RefChange } from './types.js';

/** As commands show it. */
export interface ToldLine {
  readonly text: string;
  readonly tone: 'plain' | 'strong' | 'dim' | 'good' | 'warn' | 'bad';
}

/** Changed questions that a terminal is shown; the page and the JSON have all. */
const CHANGES_SHOWN_MAX = 20;
const TEXT_SHOWN_MAX = 70;
const tones = { better: 'good', equal: 'dim', worse: 'bad' } as const;

export function comparisonLines(comparison: ContextComparison): readonly ToldLine[] {
  const { a, b, suite, changes, changed, questions, onlyInA, onlyInB } = comparison;
  const shown = changes.slice(0, CHANGES_SHOWN_MAX);
  const more = changes.length - shown.length;
  return [
    { text: `${suite.name}: ${b.name} against ${a.name}`, tone: 'strong' },
    { text: `${a.name}: ${a.generation} ${a.ranking}`, tone: 'dim' },
    { text: `${b.name}: ${b.generation} ${b.ranking}`, tone: 'dim' },
    ...metricLines(comparison),
    { text: `${changed} of ${questions} contexts changed`, tone: 'strong' },
    ...missingLines(a.name, onlyInA),
    ...missingLines(b.name, onlyInB),
    ...shown.flatMap(changeLines),
    ...(more > 0 ? [{ text: `and ${more} more: the page and --json have all of them`, tone: 'dim' as const }] : []),
  ];
}

function metricLines({ differences, a, b }: ContextComparison): readonly ToldLine[] {
  const rows = differences.map(({ metric, ours, other, difference, low, high, p, verdict }) => ({
    cells: [
      metricLabel(metric),
      figure(other),
      figure(ours),
      signedFigure(difference),
      interval(low, high, signedFigure),
      p < 0.001 ? '<0.001' : p.toFixed(3),
      verdict,
    ],
    tone: tones[verdict],
  }));
  const head = {
    cells: ['metric', a.name, b.name, 'difference', '95 % interval', 'p', 'verdict'],
    tone: 'dim' as const,
  };
  const widths = head.cells.map((_, at) =>
    Math.max(...[head, ...rows].map(({ cells }) => [...(cells[at] ?? '')].length)),
  );
  return [head, ...rows].map(({ cells, tone }) => ({
    text: cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
    tone,
  }));
}

function missingLines(name: string, ids: readonly string[]): readonly ToldLine[] {
  if (ids.length === 0) return [];
  return [{ text: `${ids.length} questions were asked of ${name} only: ${ids.slice(0, 3).join(', ')}`, tone: 'warn' }];
}

function changeLines({ id, text, refs }: ContextChange): readonly ToldLine[] {
  const asked = text.length > TEXT_SHOWN_MAX ? `${text.slice(0, TEXT_SHOWN_MAX - 1).toWellFormed()}…` : text;
  const changes = refs.filter(({ kind, valueChanged }) => kind !== 'kept' || valueChanged);
  const told = changes.map(({ kind, ...change }) => refText({ kind, ...change }));
  return [
    { text: `${id}  ${asked}`, tone: 'plain' },
    {
      text: `  ${told.length === 0 ? 'the same items: the messages around them differ' : told.join(', ')}`,
      tone: 'dim',
    },
  ];
}

const signs: Readonly<Record<RefChange['kind'], string>> = { entered: '+', left: '−', moved: '↕', kept: '' };

function refText({ ref, kind, a, b, valueChanged }: RefChange): string {
  const ranks = kind === 'moved' ? ` ${a?.rank ?? '–'}→${b?.rank ?? '–'}` : '';
  return `${signs[kind]}${ref}${ranks}${valueChanged ? ' (another value)' : ''}`;
}
