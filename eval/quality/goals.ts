/** What retrieval is to reach on the development sets, and whether it does. */
import type { Difference, Report } from '../harness/types.js';
import { plainBm25 } from '../report/build.js';
import type { SetupName } from './sets.js';

/** Of one set and set-up; `dense` in comparisons where it was run as well. */
export interface Measured {
  readonly set: string;
  readonly setup: SetupName;
  readonly report: Report;
}

export interface GoalResult {
  readonly set: string;
  readonly what: string;
  readonly value: number | null;
  /** As text: a bound, or what it is compared with. */
  readonly ship: string;
  readonly isMet: boolean;
  readonly stretch: string;
  readonly isStretched: boolean;
}

interface Reached {
  readonly set: string;
  readonly setup: SetupName;
  readonly metric: string;
  readonly ship: number;
  readonly stretch: number;
}

const reached: readonly Reached[] = [
  { set: 'mtrag-un', setup: 'minilm', metric: 'recall@10', ship: 0.9, stretch: 0.93 },
  { set: 'mtrag-un', setup: 'minilm', metric: 'ndcg@10', ship: 0.84, stretch: 0.87 },
  { set: 'mtrag-un', setup: 'minilm', metric: 'abstention_auc', ship: 0.7, stretch: 0.85 },
];

/** Not below the better of plain BM25 and the model alone, by the paired interval; `stretch` of the value itself. */
const notBelow = [
  { set: 'tau-banking', metric: 'recall@10', stretch: 0.5 },
  { set: 'tau-banking', metric: 'ndcg@10', stretch: 0.38 },
  { set: 'banking77', metric: 'success@1', stretch: 0.94 },
] as const;

export const denseAlone = 'MiniLM alone';

/** Goals of sets that were not run are left out: nothing is known of them. */
export function goalResults(measured: readonly Measured[]): readonly GoalResult[] {
  const of = (set: string, setup: SetupName) => measured.find((one) => one.set === set && one.setup === setup)?.report;
  const numbers = reached.flatMap((goal) => {
    const report = of(goal.set, goal.setup);
    return report === undefined ? [] : [reachedResult(goal, report)];
  });
  const single = notBelow.flatMap((goal) => {
    const report = of(goal.set, 'minilm');
    return report === undefined ? [] : [notBelowResult(goal, report)];
  });
  const lexical = measured.filter(({ setup, set }) => setup === 'lexical' && set !== 'demo').map(lexicalResult);
  return [...single, ...numbers, ...lexical, ...betterOnTwo(measured)];
}

function reachedResult({ set, metric, ship, stretch }: Reached, report: Report): GoalResult {
  const value = report.metrics[metric]?.value ?? null;
  return {
    set,
    what: metric,
    value,
    ship: `≥ ${ship.toFixed(2)}`,
    isMet: value !== null && value >= ship,
    stretch: stretch.toFixed(2),
    isStretched: value !== null && value >= stretch,
  };
}

function notBelowResult({ set, metric, stretch }: (typeof notBelow)[number], report: Report): GoalResult {
  const value = report.metrics[metric]?.value ?? null;
  const against = [plainBm25, denseAlone].flatMap((name) => differenceIn(report, name, metric) ?? []);
  const best = against.toSorted((a, b) => b.other - a.other)[0];
  const span = best === undefined ? '' : ` (${signed(best.difference)}, ${signed(best.low)} to ${signed(best.high)})`;
  return {
    set,
    what: metric,
    value,
    ship: best === undefined ? 'the better single retriever: not run' : `not below ${best.other.toFixed(3)}${span}`,
    isMet: best !== undefined && best.verdict !== 'worse',
    stretch: stretch.toFixed(2),
    isStretched: value !== null && value >= stretch,
  };
}

function lexicalResult({ set, report }: Measured): GoalResult {
  const found = differenceIn(report, plainBm25, 'ndcg@10');
  const ratio = found === undefined || found.other === 0 ? null : found.ours / found.other;
  return {
    set,
    what: 'lexical ÷ plain BM25, ndcg@10',
    value: ratio,
    ship: '≥ 1.00',
    isMet: ratio !== null && ratio >= 1,
    stretch: '1.15',
    isStretched: ratio !== null && ratio >= 1.15,
  };
}

/** Of all sets at once: better than plain BM25, beyond chance, on two of them. */
function betterOnTwo(measured: readonly Measured[]): readonly GoalResult[] {
  const compared = measured
    .filter(({ setup, set }) => setup === 'lexical' && set !== 'demo')
    .flatMap(({ report }) => differenceIn(report, plainBm25, 'ndcg@10') ?? []);
  if (compared.length < 2) return [];
  const value = compared.filter(({ verdict }) => verdict === 'better').length;
  const what = 'sets on which lexical is better';
  return [{ set: 'all', what, value, ship: '≥ 2', isMet: value >= 2, stretch: '3', isStretched: value >= 3 }];
}

function differenceIn({ comparisons }: Report, against: string, metric: string): Difference | undefined {
  return comparisons
    .find((one) => one.against === against)
    ?.differences.find((difference) => difference.metric === metric);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
