/** A comparison for a terminal: the metrics, then the questions whose context changed. */

import { lagText } from '../harness/lag.js';
import { chance, figure, interval, metricLabel, signedFigure } from '../report/metric-text.js';
import { columnsMax, cut, type TerminalLine, thresholdLines } from '../report/terminal.js';
import type { ContextChange, ContextComparison, RefChange } from './types.js';

/** Changed questions that a terminal is shown; the page and the JSON have all. */
const CHANGES_SHOWN_MAX = 20;
const TEXT_SHOWN_MAX = 70;
const REFS_SHOWN_MAX = 3;
const tones = { better: 'good', equal: 'dim', worse: 'bad' } as const;

export function comparisonLines(comparison: ContextComparison): readonly TerminalLine[] {
  const { a, b, suite, notices, passed, changes, changed, questions, onlyInA, onlyInB } = comparison;
  const shown = changes.slice(0, CHANGES_SHOWN_MAX);
  const more = changes.length - shown.length;
  const lines: readonly TerminalLine[] = [
    { text: `${suite.name}: ${b.name} against ${a.name}`, tone: 'strong' },
    ...[a, b].map((one): TerminalLine => ({ text: setupText(one), tone: 'dim' })),
    ...metricLines(comparison),
    ...notices.map((notice): TerminalLine => ({ text: notice, tone: 'warn' })),
    ...(['a', 'b'] as const).flatMap((side) => thresholdLinesOf(comparison, side)),
    ...(passed ? [] : [{ text: `✗ ${b.name} did not pass: exit code 100`, tone: 'bad' as const }]),
    { text: `${changed} of ${questions} contexts changed`, tone: 'strong' },
    ...missingLines(a.name, onlyInA),
    ...missingLines(b.name, onlyInB),
    ...shown.flatMap((change) => changeLines(change, comparison)),
    ...(more > 0 ? [{ text: `and ${more} more: the page and --json have all of them`, tone: 'dim' as const }] : []),
  ];
  return lines.map((line) => ({ ...line, text: cut(line.text, columnsMax) }));
}

/** A lag first: it says most of what may have changed, and the end of a long line is cut. */
function setupText({ name, generation, ranking, lag }: ContextComparison['a']): string {
  return `${name}: ${lag === undefined ? '' : `${lagText(lag)}; `}${generation} ${ranking}`;
}

function thresholdLinesOf(comparison: ContextComparison, side: 'a' | 'b'): readonly TerminalLine[] {
  const lines = thresholdLines({ thresholds: comparison.thresholds[side] });
  return lines
    .filter(({ text }) => text !== '')
    .map(({ text, tone }) => {
      return { text: text.startsWith(' ') ? text : `${comparison[side].name}: ${text}`, tone };
    });
}

function metricLines({ differences, a, b }: ContextComparison): readonly TerminalLine[] {
  const rows = differences.map(({ metric, ours, other, difference, low, high, p, verdict }) => ({
    cells: [
      metricLabel(metric),
      figure(other),
      figure(ours),
      signedFigure(difference),
      interval(low, high, signedFigure),
      chance(p),
      verdict,
    ],
    tone: tones[verdict],
  }));
  const head = {
    cells: ['metric', a.name, b.name, 'difference', '95 % interval', 'chance', 'verdict'],
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

function missingLines(name: string, ids: readonly string[]): readonly TerminalLine[] {
  if (ids.length === 0) return [];
  return [{ text: `${ids.length} questions were asked of ${name} only: ${ids.slice(0, 3).join(', ')}`, tone: 'warn' }];
}

function changeLines(change: ContextChange, names: Pick<ContextComparison, 'a' | 'b'>): readonly TerminalLine[] {
  const { id, text } = change;
  const asked = text.length > TEXT_SHOWN_MAX ? `${text.slice(0, TEXT_SHOWN_MAX - 1).toWellFormed()}…` : text;
  const refused = (['a', 'b'] as const).flatMap((side) => {
    const why = change[side].refused;
    return why === undefined ? [] : [`refused by ${names[side].name}, which was ${why}`];
  });
  const told = refused.length > 0 ? refused.join('; ') : refsText(change);
  return [
    { text: `${id}  ${asked}`, tone: 'plain' },
    { text: `  ${told}`, tone: 'dim' },
  ];
}

function refsText({ refs }: ContextChange): string {
  const of = (kind: RefChange['kind']) => refs.filter((one) => one.kind === kind);
  const others = refs.filter(({ valueChanged }) => valueChanged);
  const told = [
    listed(of('entered'), '+'),
    listed(of('left'), '−'),
    listed(others, '≠'),
    of('moved').length === 0 ? '' : `${of('moved').length} moved`,
  ].filter((part) => part !== '');
  return told.length === 0 ? 'the same items: the messages around them differ' : told.join(', ');
}

function listed(refs: readonly RefChange[], sign: string): string {
  const shown = refs.slice(0, REFS_SHOWN_MAX).map(({ ref }) => `${sign}${ref}`);
  const more = refs.length - shown.length;
  return [...shown, ...(more > 0 ? [`${sign}${more} more`] : [])].join(', ');
}
