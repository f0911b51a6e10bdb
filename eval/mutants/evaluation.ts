/** Mutants of the evaluation: what a run sees and goes on from, what finds it wrong, and what it comes to. */
import type { Mutant } from './mutant.js';

const runs: readonly Mutant[] = [
  {
    name: 'look-ahead',
    promise: 'evaluation',
    wrong: 'a question of an instant is asked when the first record after it has arrived already',
    edits: [
      {
        file: 'eval/harness/survey.ts',
        find: 'after: index, atMs: next.at.ms }',
        replacement: 'after: index + 1, atMs: next.at.ms }',
      },
    ],
    caughtBy: [
      {
        file: 'eval/harness/look-ahead.test.ts',
        title: 'is seen by none of 1,000 questions before it, and by each asked when it has',
      },
    ],
  },
  {
    name: 'resumed-over-another-stream',
    promise: 'evaluation',
    wrong: 'a run goes on from answers to a stream that has other records by now, because its name is the same',
    edits: [
      {
        file: 'eval/harness/run.ts',
        find: 'source: source.name, stream, made',
        replacement: 'source: source.name, made',
      },
    ],
    caughtBy: [
      {
        file: 'eval/harness/run.test.ts',
        title: 'does not take the answers of a stream for those of another of the same name and length',
      },
    ],
  },
  {
    name: 'leak-not-judged',
    promise: 'evaluation',
    wrong: 'a value that only another tenant ever had passes for one that is out of date',
    edits: [
      {
        file: 'eval/harness/oracle.ts',
        find: 'if (strangers.length > 0 && !strangers.includes(scope.tenant)) {',
        replacement: 'if (strangers.length > 1 && !strangers.includes(scope.tenant)) {',
      },
    ],
    caughtBy: [{ file: 'eval/harness/oracle.test.ts', title: 'the oracle finds the same id of another tenant' }],
  },
];

const figures: readonly Mutant[] = [
  {
    name: 'ideal-not-cut',
    promise: 'evaluation',
    wrong: 'nDCG at k is held against all that is relevant, not against the best first k there could be',
    edits: [
      {
        file: 'eval/metrics/ndcg.ts',
        find: '.sort((a, b) => b - a).slice(0, k);',
        replacement: '.sort((a, b) => b - a);',
      },
    ],
    caughtBy: [
      {
        file: 'eval/metrics/ranked.test.ts',
        title: 'is 1 for the best possible order, though more are relevant than fit',
      },
    ],
  },
  {
    name: 'ties-not-halved',
    promise: 'evaluation',
    wrong:
      'an answerable question that is as sure as an unanswerable one counts as if it were told to be the less sure one',
    edits: [
      {
        file: 'eval/metrics/auc.ts',
        find: '(negatives + tiedNegatives / 2)',
        replacement: 'negatives',
      },
    ],
    caughtBy: [
      {
        file: 'eval/metrics/auc.test.ts',
        title: 'is the Mann-Whitney U of another implementation over the pairs, ties counting half',
      },
    ],
  },
  {
    name: 'interval-not-paired',
    promise: 'evaluation',
    wrong:
      'the interval of a difference draws the questions of each side for itself, as if they were asked different ones',
    edits: [
      {
        file: 'eval/report/values.ts',
        find: 'overOther(weights)]',
        replacement: 'overOther(weights.slice().reverse())]',
      },
    ],
    caughtBy: [
      {
        file: 'eval/report/build.test.ts',
        title: 'tells a small difference that every question has, though questions differ by far more',
      },
    ],
  },
  {
    name: 'threshold-without-value-passes',
    promise: 'evaluation',
    wrong: 'a bound on what no question has a value for holds',
    edits: [
      {
        file: 'eval/report/threshold.ts',
        find: 'met: value !== null && parsed !== undefined && holds(value, parsed)',
        replacement: 'met: parsed !== undefined && (value === null || holds(value, parsed))',
      },
    ],
    caughtBy: [
      {
        file: 'eval/report/build.test.ts',
        title: 'leaves out a metric that no question has a value for, and fails its threshold',
      },
    ],
  },
  {
    name: 'findings-pass',
    promise: 'evaluation',
    wrong: 'a run passes whatever the oracle found, as long as its thresholds are met',
    edits: [
      {
        file: 'eval/report/passing.ts',
        find: 'failingFindings(question, thresholds).length === 0',
        replacement: 'failingFindings(question, thresholds).length >= 0',
      },
    ],
    caughtBy: [
      {
        file: 'eval/report/build.test.ts',
        title: 'fails on what was found unless a threshold allows it, in the exit code and for build servers alike',
      },
    ],
  },
];

const fixtures: readonly Mutant[] = [
  {
    name: 'fixture-that-always-matches',
    promise: 'P5',
    wrong: 'a check of a fixture answers nothing again, so that another ranking goes unseen',
    edits: [
      {
        file: 'src/replay/fixture/check.ts',
        find: "const isFull = depth === 'full' && fixture",
        replacement: "const isFull = depth !== 'full' && fixture",
      },
    ],
    caughtBy: [{ file: 'eval/capture/fixture.test.ts', title: 'another ranking or other passages, which are named' }],
  },
];

export const evaluationMutants: readonly Mutant[] = [...runs, ...figures, ...fixtures];
