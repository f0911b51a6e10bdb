/** What was measured, for a person: one table of figures, one of goals. */
import type { Comparison, Report } from '../harness/types.js';
import type { GoalResult, Measured } from './goals.js';

export function measuredLines(measured: readonly Measured[]): readonly string[] {
  const head = ['set', 'set-up', 'metric', 'value', '95 % interval', 'against', 'its value', 'difference', 'verdict'];
  const rows = measured.flatMap(({ set, setup, report }) => rowsOf(report).map((row) => [set, setup, ...row]));
  return table([head, ...rows]);
}

function rowsOf(report: Report): readonly (readonly string[])[] {
  return Object.entries(report.metrics).flatMap(([metric, { value, low, high }]) => {
    const own = [metric, figure(value), `${figure(low)} to ${figure(high)}`];
    const compared = report.comparisons.flatMap((comparison) => comparedCells(comparison, metric));
    const [first = ['', '', '', ''], ...more] = compared;
    return [[...own, ...first], ...more.map((cells) => ['', '', '', ...cells])];
  });
}

function comparedCells({ against, differences }: Comparison, wanted: string): readonly (readonly string[])[] {
  return differences
    .filter(({ metric }) => metric === wanted)
    .map(({ other, difference, low, high, verdict }) => [
      against,
      figure(other),
      `${figure(difference)} (${figure(low)} to ${figure(high)})`,
      verdict,
    ]);
}

export function goalLines(goals: readonly GoalResult[]): readonly string[] {
  const head = ['set', 'goal', 'value', 'ship', '', 'stretch', ''];
  const rows = goals.map(({ set, what, value, ship, outcome, stretch, isStretched }) => [
    set,
    what,
    value === null ? 'none' : figure(value),
    ship,
    outcome === 'missed' ? 'MISSED' : outcome,
    stretch,
    outcome === 'not run' ? '' : isStretched ? 'met' : 'not yet',
  ]);
  return table([head, ...rows]);
}

function figure(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 2 ? String(value) : value.toFixed(3);
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
