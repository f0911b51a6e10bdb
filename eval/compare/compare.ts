/** Compares the reports of two set-ups question by question: a pure function of both. */
import { suiteInvalid } from '../harness/fault.js';
import type { Question, QuestionReport, Report } from '../harness/types.js';
import { metricNamed, metricNames } from '../metrics/index.js';
import { differenceOf } from '../report/values.js';
import { changeOf } from './contexts.js';
import type { ContextComparison } from './types.js';

/** Throws `suite_invalid` for reports of different suites: their questions cannot be paired. */
export function compareReports(a: Report, b: Report): ContextComparison {
  if (a.suite.digest !== b.suite.digest) {
    const names = `${a.suite.name} (${a.suite.digest.slice(0, 15)}…) and ${b.suite.name} (${b.suite.digest.slice(0, 15)}…)`;
    throw suiteInvalid([`the reports are of two suites, ${names}`], 'Compare two set-ups of one suite.');
  }
  const [ofA, ofB] = [byId(a), byId(b)];
  const pairs = b.questions.flatMap((question) => {
    const before = ofA.get(question.id);
    return before === undefined ? [] : [{ a: before, b: question }];
  });
  const changes = pairs.flatMap((pair) => changeOf(pair.a, pair.b) ?? []);
  const metrics = Object.keys(b.metrics)
    .filter((name) => name in a.metrics)
    .sort((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1));
  return {
    format: 1,
    suite: b.suite,
    a: a.setup,
    b: b.setup,
    differences: differencesOf(metrics, pairs, b.seed),
    metrics,
    questions: pairs.length,
    changed: changes.length,
    changes,
    passed: b.passed,
    thresholds: { a: a.thresholds, b: b.thresholds },
    notices: streamNotices(a, b),
    onlyInA: a.questions.flatMap(({ id }) => (ofB.has(id) ? [] : [id])),
    onlyInB: b.questions.flatMap(({ id }) => (ofA.has(id) ? [] : [id])),
  };
}

/** Not refused: a set-up with policies of its own makes another stream, which is what is compared then. */
function streamNotices({ stream: a }: Report, { stream: b }: Report): readonly string[] {
  if (a.digest === b.digest) return [];
  const counts = `${a.records} and ${b.records} records were played`;
  return [`the streams are not the same (${counts}): differences may come of that`];
}

/** As metrics are listed: a report that was written and read again has lost the suite's order. */
function placeOf(name: string): number {
  const place = metricNames.indexOf(name.replace(/@.*/, '@k'));
  return place === -1 ? metricNames.length : place;
}

type Pairs = readonly { readonly a: QuestionReport; readonly b: QuestionReport }[];

function differencesOf(names: readonly string[], pairs: Pairs, seed: number): ContextComparison['differences'] {
  const sides = {
    questions: pairs.map(({ b }) => askedOf(b)),
    ours: new Map(pairs.map(({ b }) => [b.id, b.metrics])),
    other: new Map(pairs.map(({ a }) => [a.id, a.metrics])),
  };
  return names.flatMap((name) => {
    const metric = metricNamed(name);
    return metric === undefined ? [] : (differenceOf(metric, sides, seed) ?? []);
  });
}

function byId({ questions }: Report): ReadonlyMap<string, QuestionReport> {
  return new Map(questions.map((question) => [question.id, question]));
}

/** As much of the question as metrics read: a report keeps no more. */
function askedOf({ id, text, history, atMs, relevant, answerable }: QuestionReport): Question {
  return {
    id,
    text,
    history,
    at: { kind: 'instant', ms: atMs },
    tenant: '',
    account: null,
    mode: 'search',
    count: 0,
    expect: {
      ...(relevant === null ? {} : { relevant: new Map(Object.entries(relevant)) }),
      ...(answerable === null ? {} : { answerable }),
      contains: [],
      absent: [],
    },
  };
}
