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
  /** Null: there is none. */
  readonly value: number | null;
  /** As text: a bound, or what it is compared with. */
  readonly ship: string;
  /** `not run`: something that it takes was not measured, so nothing is known of it. */
  readonly outcome: 'met' | 'missed' | 'not run';
  readonly stretch: string;
  readonly isStretched: boolean;
}

/** Asked the last turn alone; with history, as a copilot asks, figures are higher, and held against the same. */
const conversations = ['mtrag-un-last-turns', 'mtrag-un'];
const ofConversations = [
  { metric: 'recall@10', ship: 0.9, stretch: 0.93 },
  { metric: 'ndcg@10', ship: 0.84, stretch: 0.87 },
  { metric: 'abstention_auc', ship: 0.7, stretch: 0.85 },
] as const;

/** Not below the better of plain BM25 and the model alone, by the paired interval; `stretch` of the value itself. */
const notBelow = [
  { set: 'tau-banking', metric: 'recall@10', stretch: 0.5 },
  { set: 'tau-banking', metric: 'ndcg@10', stretch: 0.38 },
  { set: 'banking77', metric: 'success@1', stretch: 0.94 },
] as const;

/** Of words alone against plain BM25, which is asked no history: not below it on any, and better on two. */
const byWords = ['tau-banking', 'mtrag-un-last-turns', 'banking77'];
const BETTER_MIN = 2;

export const denseAlone = 'MiniLM alone';

type Found = (set: string, setup: SetupName) => Report | undefined;

/** Every goal, whatever was run. */
export function goalResults(measured: readonly Measured[]): readonly GoalResult[] {
  const found: Found = (set, setup) => measured.find((one) => one.set === set && one.setup === setup)?.report;
  return [
    ...notBelow.map((goal) => notBelowResult(goal, found(goal.set, 'minilm'))),
    ...conversations.flatMap((set) => ofConversations.map((goal) => reachedResult(set, goal, found(set, 'minilm')))),
    ...byWords.map((set) => lexicalResult(set, found(set, 'lexical'))),
    betterOnTwo(found),
  ];
}

function reachedResult(
  set: string,
  { metric, ship, stretch }: (typeof ofConversations)[number],
  report?: Report,
): GoalResult {
  const value = report?.metrics[metric]?.value ?? null;
  return {
    set,
    what: metric,
    value,
    ship: `≥ ${ship.toFixed(2)}`,
    outcome: report === undefined ? 'not run' : metOr(value !== null && value >= ship),
    stretch: stretch.toFixed(2),
    isStretched: value !== null && value >= stretch,
  };
}

function notBelowResult({ set, metric, stretch }: (typeof notBelow)[number], report?: Report): GoalResult {
  const value = report?.metrics[metric]?.value ?? null;
  const singles = [plainBm25, denseAlone].map((name) => differenceIn(report, name, metric));
  const known = singles.filter((one) => one !== undefined);
  const better = known.length < singles.length ? undefined : known.toSorted((a, b) => b.other - a.other)[0];
  return {
    set,
    what: metric,
    value,
    ship: better === undefined ? 'not below the better single retriever' : notBelowText(better),
    outcome: better === undefined ? 'not run' : metOr(better.verdict !== 'worse'),
    stretch: stretch.toFixed(2),
    isStretched: value !== null && value >= stretch,
  };
}

function notBelowText({ other, difference, low, high }: Difference): string {
  return `not below ${other.toFixed(3)} (${signed(difference)}, ${signed(low)} to ${signed(high)})`;
}

function lexicalResult(set: string, report?: Report): GoalResult {
  const found = differenceIn(report, plainBm25, 'ndcg@10');
  const ratio = found === undefined || found.other === 0 ? null : found.ours / found.other;
  return {
    set,
    what: 'lexical ÷ plain BM25, ndcg@10',
    value: ratio,
    ship: '≥ 1.00',
    outcome: report === undefined ? 'not run' : metOr(ratio !== null && ratio >= 1),
    stretch: '1.15',
    isStretched: ratio !== null && ratio >= 1.15,
  };
}

/** Of all sets at once: better than plain BM25, beyond chance. Sets that were not run may still bring it about. */
function betterOnTwo(found: Found): GoalResult {
  const compared = byWords.flatMap((set) => differenceIn(found(set, 'lexical'), plainBm25, 'ndcg@10') ?? []);
  const better = compared.filter(({ verdict }) => verdict === 'better').length;
  const isOpen = better < BETTER_MIN && compared.length < byWords.length;
  return {
    set: 'all',
    what: 'sets on which lexical is better',
    value: compared.length === 0 ? null : better,
    ship: `≥ ${BETTER_MIN}`,
    outcome: isOpen ? 'not run' : metOr(better >= BETTER_MIN),
    stretch: String(byWords.length),
    isStretched: better === byWords.length,
  };
}

function metOr(isMet: boolean): 'met' | 'missed' {
  return isMet ? 'met' : 'missed';
}

function differenceIn(report: Report | undefined, against: string, metric: string): Difference | undefined {
  return report?.comparisons
    .find((one) => one.against === against)
    ?.differences.find((difference) => difference.metric === metric);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
