/** Positions and counters as a table, and whether they add up. */
import type { JsonObject, JsonValue } from '../../domain/canonical.js';
import { isJsonObject } from '../../domain/json.js';
import { countAt, objectOf, objectsOf, textAt } from '../json-read.js';
import { type Line, line, type Span, span } from './line.js';
import { troubleLines } from './troubles.js';

const columns = ['records', 'applied', 'superseded', 'duplicate', 'rejected'] as const;

/** One line per topic with records, or with `partitions` one per partition; then what keeps partitions from their ends. */
export function positionLines(positions: JsonObject, each: 'topic' | 'partition'): readonly Line[] {
  const all = objectsOf(positions.partitions);
  const rows = each === 'partition' ? all.map(partitionRow) : topicRows(all);
  // Without counts nobody can tell which topics are empty.
  const shown = rows.filter(({ cells }) => each === 'partition' || positions.totals === null || cells[0] !== 0n);
  const totals = objectOf(positions.totals);
  const heads = ['', ...columns, 'state'];
  const table = [
    heads,
    ...shown.map(textsOf),
    textsOf({ name: 'all', cells: cellsOf(positions.totals), lag: lagOf(all), state: '' }),
  ];
  const widths = heads.map((_, index) => Math.max(...table.map((row) => (row[index] ?? '').length)));
  const aligned = table.map((row, index) => tableLine(row, widths, index === 0));
  const sum = positions.totals === null ? [] : [sumLine(totals)];
  return [...aligned, ...sum, ...storeLines(positions), ...troubleLines(all)];
}

const stateTroubles: Readonly<Record<string, string>> = {
  unreachable: 'the state store does not answer: reads are refused, events are taken',
  evicting: 'the state store may drop what it holds (maxmemory-policy): reads are refused, events are taken',
};

/** Nothing while both are well. */
function storeLines(positions: JsonObject): readonly Line[] {
  const kind = textAt(objectOf(objectOf(positions.state).trouble), 'kind');
  const { pending, lost } = {
    pending: countAt(objectOf(positions.index), 'pending'),
    lost: countAt(objectOf(positions.index), 'lost'),
  };
  return [
    ...(kind === '' ? [] : [line([span('state', 'warn'), ` ${stateTroubles[kind] ?? kind}`], 0, 2)]),
    ...(pending === 0n ? [] : [line([span('index', 'dim'), ` ${pending} entities are still to be indexed`], 0, 2)]),
    ...(lost === 0n
      ? []
      : [line([span('index', 'warn'), ` was lost and filled again, ${lost} times since the start`], 0, 2)]),
  ];
}

interface Row {
  readonly name: string;
  /** Null: not told, or not known. */
  readonly cells: readonly (bigint | null)[];
  readonly lag: bigint;
  readonly state: string;
}

function partitionRow(partition: JsonObject): Row {
  const name = `${textAt(partition, 'topic')}:${textAt(partition, 'partition')}`;
  const cells = cellsOf(partition.counts);
  return { name, cells, lag: countAt(partition, 'lagRecords'), state: stateText(partition) };
}

/** That a partition is live is what its label builds on; any other state is worth saying. */
function stateText(partition: JsonObject): string {
  const [state, label] = [textAt(partition, 'state'), textAt(partition, 'label')];
  return state === 'live' || state === '' ? label : `${state.replaceAll('_', ' ')}, ${label}`;
}

function topicRows(partitions: readonly JsonObject[]): readonly Row[] {
  const topics = new Map<string, JsonObject[]>();
  for (const partition of partitions) {
    const topic = textAt(partition, 'topic');
    topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  }
  return [...topics].map(([name, some]) => {
    const states = [...new Set(some.map(stateText))];
    const each = some.map((one) => cellsOf(one.counts));
    const cells = columns.map((_, index) =>
      each.reduce<bigint | null>((sum, one) => plus(sum, one[index] ?? null), 0n),
    );
    return { name, cells, lag: lagOf(some), state: states.join('; ') };
  });
}

function cellsOf(counts: JsonValue | undefined): Row['cells'] {
  return isJsonObject(counts) ? countsOf(counts) : columns.map(() => null);
}

function plus(sum: bigint | null, count: bigint | null): bigint | null {
  return sum === null || count === null ? null : sum + count;
}

function countsOf(counts: JsonObject): readonly bigint[] {
  return columns.map((name) => countAt(counts, name));
}

function lagOf(partitions: readonly JsonObject[]): bigint {
  return partitions.reduce((sum, one) => sum + countAt(one, 'lagRecords'), 0n);
}

function textsOf({ name, cells, lag, state }: Row): readonly string[] {
  return [
    name,
    ...cells.map((cell) => (cell === null ? '-' : String(cell))),
    lag === 0n ? state : `${lag} behind, ${state}`,
  ];
}

/** Names to the left, numbers to the right. */
function tableLine(row: readonly string[], widths: readonly number[], isHead: boolean): Line {
  const text = row
    .map((cell, index) => {
      const width = widths[index] ?? 0;
      return index === 0 || index === row.length - 1 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join(' ');
  return line([isHead ? span(text, 'dim') : text]);
}

function sumLine(totals: JsonObject): Line {
  const [records = 0n, ...outcomes] = countsOf(totals);
  const sum = `${records} records = ${outcomes.map((count, index) => `${count} ${columns[index + 1]}`).join(' + ')}`;
  const verdict: Span = totals.addsUp === true ? span('adds up', 'good') : span('does not add up', 'bad');
  return line([`${sum}: `, verdict], 0, 2);
}
