/** The bench's results for people. */
import type { Measured, Spread } from './harness.js';

export function table(rows: readonly Measured[]): string {
  const lines = rows.map((row) => [
    row.name,
    `${ratio(row.ratio.median)} (${ratio(row.ratio.min)} to ${ratio(row.ratio.max)})`,
    `${ratio(row.goal.ship)} / ${ratio(row.goal.stretch)}`,
    row.verdict,
    `${amount(row.ours)} ÷ ${amount(row.baseline)} ${row.unit}`,
  ]);
  const head = ['ours ÷ baseline', 'median (least to greatest)', 'goal: ship / stretch', 'result', 'medians'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function ratio(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}

function amount({ median }: Spread): string {
  return median >= 100 ? Math.round(median).toLocaleString('en') : median.toPrecision(3);
}
