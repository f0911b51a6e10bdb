/** The bench's results for people. */
import type { Measured, Spread } from './harness.js';

export function table(rows: readonly Measured[]): string {
  const lines = rows.map((row) => cellsOf(row));
  const head = ['ours ÷ baseline', 'median (least to greatest)', 'goal: ship / stretch', 'result', 'medians', 'took'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellsOf(row: Measured): string[] {
  const goal = `${ratio(row.goal.ship)} / ${ratio(row.goal.stretch)}`;
  if (Number.isNaN(row.ratio.median)) return [row.name, '', goal, row.verdict, row.note, seconds(row)];
  return [
    row.name,
    `${ratio(row.ratio.median)} (${ratio(row.ratio.min)} to ${ratio(row.ratio.max)})`,
    goal,
    row.verdict,
    `${amount(row.ours)} ÷ ${amount(row.baseline)} ${row.unit}${row.note === '' ? '' : `; ${row.note}`}`,
    seconds(row),
  ];
}

/** One finished row, as soon as it is. */
export function rowLine(row: Measured): string {
  const [name, figures, , result, medians, took] = cellsOf(row);
  return `${name}: ${[figures, result, medians, took].filter((cell) => cell !== '').join(' | ')}`;
}

function seconds({ tookSeconds }: Measured): string {
  return `${tookSeconds.toFixed(0)} s`;
}

function ratio(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}

function amount({ median }: Spread): string {
  return median >= 100 ? Math.round(median).toLocaleString('en') : median.toPrecision(3);
}
