/** The report for a terminal: at most 100 columns, every judgement in words as well as in colour. */
import { lagText } from '../harness/lag.js';
import type { Comparison, Difference, Estimate, FindingKind, QuestionReport, Report } from '../harness/types.js';
import { findingKinds } from '../harness/types.js';
import { metricNamed } from '../metrics/index.js';
import { chance, counted, figure, figureAgainst, interval, lasting, metricLabel, signedFigure } from './metric-text.js';
import { failingFindings } from './passing.js';

type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'warn' | 'bad';

/** As commands of the evaluation tell lines; colours are theirs. */
export interface TerminalLine {
  readonly text: string;
  readonly tone: Tone;
}

export const columnsMax = 100;
/** The questions that are worth a look; the others are in the page. */
const worstMax = 5;
const noticesMax = 10;

export function terminalLines(report: Report): readonly TerminalLine[] {
  return [
    ...headLines(report),
    ...metricLines(report),
    ...report.comparisons.flatMap(comparisonLines),
    ...thresholdLines(report),
    ...findingLines(report),
    ...worstLines(report),
    ...noticeLines(report),
    blank,
    ...timeLines(report),
  ].map((line) => ({ ...line, text: cut(line.text, columnsMax) }));
}

const blank: TerminalLine = { text: '', tone: 'plain' };

function told(text: string, tone: Tone = 'plain'): TerminalLine {
  return { text, tone };
}

function headLines({ suite, setup, stream, questions }: Report): readonly TerminalLine[] {
  const { records, applied, superseded, duplicates, rejected } = stream;
  const words = { applied, superseded, duplicates, rejected };
  const outcomes = Object.entries(words)
    .map(([word, count]) => counted(count, word, word))
    .join(', ');
  return [
    told(`${suite.name} · set-up ${setup.name} · ${setup.ranking}`, 'strong'),
    ...(setup.lag === undefined ? [] : [told(lagText(setup.lag), 'warn')]),
    told(`${counted(questions.length, 'question')} · ${counted(records, 'record')}: ${outcomes}`, 'dim'),
  ];
}

function metricLines({ metrics, questions }: Report): readonly TerminalLine[] {
  const names = Object.keys(questions[0]?.metrics ?? metrics);
  const rows = names.map((name) => [metricLabel(name), ...estimateCells(metrics[name])]);
  return [blank, ...table(['metric', 'value', '95 % interval', 'questions', 'unjudged'], rows)];
}

function estimateCells(estimate: Estimate | undefined): readonly string[] {
  if (estimate === undefined) return ['–', 'no question has a value', '0', '–'];
  const { value, low, high, questions, unjudged } = estimate;
  return [figure(value), interval(low, high), String(questions), unjudged === null ? '–' : String(unjudged)];
}

const verdictTitle = 'ours is';
const signs = { better: '▲ better', equal: '= equal', worse: '▼ worse' } as const;
const tones = { better: 'good', equal: 'plain', worse: 'bad' } as const satisfies Record<Difference['verdict'], Tone>;

function comparisonLines({ against, differences }: Comparison): readonly TerminalLine[] {
  if (differences.length === 0) return [blank, told(`Against ${against}: nothing that both have a value for`, 'warn')];
  const rows = differences.map(({ metric, ours, other, difference, low, high, p, verdict }) => {
    const span = interval(low, high, signedFigure);
    return [
      metricLabel(metric),
      figure(other),
      figure(ours),
      signedFigure(difference),
      span,
      chance(p),
      signs[verdict],
    ];
  });
  const titles = [
    `against ${cut(shown(against), 24)}`,
    'theirs',
    'ours',
    'difference',
    '95 % interval',
    'chance',
    'ours is',
  ];
  const [head, ...body] = table(titles, rows);
  const judged = body.map((line, at) => ({ ...line, tone: tones[differences[at]?.verdict ?? 'equal'] }));
  return [blank, ...(head === undefined ? [] : [head]), ...judged];
}

export function thresholdLines({ thresholds }: Pick<Report, 'thresholds'>): readonly TerminalLine[] {
  if (thresholds.length === 0) return [];
  const failed = thresholds.filter(({ met }) => !met);
  const lines = failed.map(({ metric, bound, value }) => {
    return told(
      `  ✗ ${metricLabel(metric)} ${bound}: ${value === null ? 'it has no value' : `it is ${figureAgainst(value, bound)}`}`,
      'bad',
    );
  });
  const all = counted(thresholds.length, 'threshold');
  const sum = failed.length === 0 ? told(`✓ ${all} met`, 'good') : told(`✗ ${failed.length} of ${all} not met`, 'bad');
  return [blank, sum, ...lines];
}

const findingWords: Readonly<Record<FindingKind, string>> = {
  future_record: 'records from the future',
  stale_hit: 'stale hits',
  wrong_policy_version: 'wrong policy versions',
  entitlement_leak: 'entitlement leaks',
  cross_tenant_leak: 'leaks across tenants or accounts',
  fact_missing: 'facts missing',
  fact_forbidden: 'facts that must not be there',
};

function findingLines({ questions, thresholds }: Report): readonly TerminalLine[] {
  const all = questions.flatMap(({ findings }) => findings);
  const failing = questions.flatMap((question) => failingFindings(question, thresholds));
  const counts = findingKinds.flatMap((kind) => {
    const count = all.filter((finding) => finding.kind === kind).length;
    return count === 0 ? [] : [`${count} ${findingWords[kind]}`];
  });
  if (counts.length === 0) return [];
  const verdict =
    failing.length === 0 ? '(the thresholds allow them)' : `(${failing.length} that no threshold allows: failed)`;
  return [blank, told(`Found: ${counts.join(', ')}`, failing.length === 0 ? 'warn' : 'bad'), told(`  ${verdict}`)];
}

/** By findings first, then by the first metric of the suite. */
function worstLines({ questions }: Report): readonly TerminalLine[] {
  const judged = questions.flatMap((question) => {
    const badness = badnessOf(question);
    return badness > 0 ? [{ question, badness }] : [];
  });
  // Sorting is stable: what is equally bad stays in the order of the suite.
  judged.sort((a, b) => b.badness - a.badness);
  if (judged.length === 0) return [];
  const lines = judged.slice(0, worstMax).flatMap(({ question }) => {
    const { id, text, findings } = question;
    const of = firstValue(question);
    const value = of === undefined ? '' : `${metricLabel(of.name)} ${figure(of.value)}`;
    const found = findings.slice(0, 2).map(({ kind, detail }) => told(`      ${kind}: ${shown(detail)}`, 'bad'));
    return [told(`  ${cut(shown(id), 24).padEnd(24)}  ${value.padEnd(14)}  ${shown(text)}`), ...found];
  });
  return [
    blank,
    told(`Worst questions (${Math.min(worstMax, judged.length)} of ${questions.length})`, 'strong'),
    ...lines,
  ];
}

function firstValue({ metrics }: QuestionReport): { readonly name: string; readonly value: number } | undefined {
  const found = Object.entries(metrics).find(([name]) => metricNamed(name)?.ranked !== undefined);
  return found === undefined || found[1] === null ? undefined : { name: found[0], value: found[1] };
}

/** Every finding weighs more than the worst ranking. */
function badnessOf(question: QuestionReport): number {
  const ranked = firstValue(question);
  return 2 * question.findings.length + (ranked === undefined ? 0 : 1 - ranked.value);
}

function noticeLines({ stream }: Report): readonly TerminalLine[] {
  const { notices } = stream;
  if (notices.length === 0) return [];
  const more = notices.length - noticesMax;
  const lines = notices.slice(0, noticesMax).map((notice) => told(`  ${shown(notice)}`, 'warn'));
  return [blank, told('Notices', 'strong'), ...lines, ...(more > 0 ? [told(`  and ${more} more`, 'warn')] : [])];
}

function timeLines({ times: { stages, totalMs } }: Report): readonly TerminalLine[] {
  const parts = Object.entries(stages).map(([stage, { p50, p95 }]) => `${stage} ${lasting(p50)} (p95 ${lasting(p95)})`);
  return [told(`Took ${lasting(totalMs)}; a question:`, 'dim'), told(`  ${parts.join(' · ')}`, 'dim')];
}

/** The first column to the left, figures to the right, words at the end to the left again. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly TerminalLine[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, at) =>
      at === 0 || head[at] === verdictTitle ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    return padded.join('  ').trimEnd();
  };
  return [told(line(head), 'dim'), ...rows.map((row) => told(line(row)))];
}

/** What a stream brought may hold line breaks and control characters, which a terminal would obey. */
function shown(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
}

export function cut(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, columns - 1).join('')}…`;
}
