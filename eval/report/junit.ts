/**
 * The report as JUnit XML, as build servers read it (the schema of Jenkins' xUnit plugin): one suite for the questions, each a case that fails
 * on what was found in its answer, and one for the thresholds.
 */
import type { QuestionReport, Report, ThresholdResult } from '../harness/types.js';
import { figureAgainst } from './metric-text.js';
import { failingFindings } from './passing.js';

interface Case {
  readonly name: string;
  readonly ms: number;
  /** One line each; none: it passed. */
  readonly failures: readonly { readonly type: string; readonly message: string }[];
}

export function junitText(report: Report): string {
  const { suite, times } = report;
  const questions = report.questions.map((question) => questionCase(question, report));
  const thresholds = report.thresholds.map(thresholdCase);
  const all = [...questions, ...thresholds];
  const failed = all.filter(({ failures }) => failures.length > 0).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: suite.name, tests: all.length, failures: failed, errors: 0, time: seconds(times.totalMs) })}>`,
    ...suiteLines(`${suite.name}: questions`, questions, times.startedAt),
    ...suiteLines(`${suite.name}: thresholds`, thresholds, times.startedAt),
    '</testsuites>\n',
  ].join('\n');
}

/** A question that only ranks low passes: how low is too low is for the thresholds to say, and so is which findings are allowed. */
function questionCase(question: QuestionReport, { times, thresholds }: Report): Case {
  const { id } = question;
  const stages = Object.values(times.questions[id] ?? {});
  const failures = failingFindings(question, thresholds).map(({ kind, detail }) => ({ type: kind, message: detail }));
  return { name: id, ms: stages.reduce((sum, ms) => sum + ms, 0), failures };
}

function thresholdCase({ metric, bound, value, met }: ThresholdResult): Case {
  const message =
    value === null ? `${metric} has no value` : `${metric} is ${figureAgainst(value, bound)}, demanded is ${bound}`;
  return { name: `${metric} ${bound}`, ms: 0, failures: met ? [] : [{ type: 'threshold', message }] };
}

function suiteLines(name: string, cases: readonly Case[], startedAt: string): readonly string[] {
  const failures = cases.filter((one) => one.failures.length > 0).length;
  const counts = { tests: cases.length, failures, errors: 0, skipped: 0 };
  const time = seconds(cases.reduce((sum, { ms }) => sum + ms, 0));
  // The schema has instants without a zone.
  const timestamp = startedAt.slice(0, 19);
  return [
    `  <testsuite${attributes({ name, ...counts, time, timestamp })}>`,
    ...cases.flatMap((one) => caseLines(one, name)),
    '  </testsuite>',
  ];
}

function caseLines({ name, ms, failures }: Case, suite: string): readonly string[] {
  const head = `    <testcase${attributes({ name, classname: suite, time: seconds(ms) })}`;
  const [first] = failures;
  if (first === undefined) return [`${head}/>`];
  // Readers show one failure a case: it names the first and holds all.
  const lines = failures.map(({ type, message }) => escaped(`${type}: ${message}`));
  return [
    `${head}>`,
    `      <failure${attributes({ type: first.type, message: first.message })}>${lines.join('\n')}</failure>`,
    '    </testcase>',
  ];
}

function attributes(named: Readonly<Record<string, string | number>>): string {
  return Object.entries(named)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll(/[\t\n\r]/g, ' ')}"`)
    .join('');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** XML 1.0 has no form at all for most control characters and for halves of characters: they become U+FFFD. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
