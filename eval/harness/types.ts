/** What the parts of the harness pass on: a question, what was released for it, and what is reported. Suites are read in `suite.ts`. */
import type { Digest } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import type { Kind } from '../../src/domain/kinds/index.js';
import type { Consistency } from '../../src/snapshot/request.js';
import type { Lag } from './lag.js';

/** When a question is asked: everything up to and including it has arrived, and nothing after it. */
export type Moment =
  | { readonly kind: 'instant'; readonly ms: number }
  /** A record of the stream as its source numbers it. */
  | { readonly kind: 'position'; readonly topic: string; readonly partition: number; readonly offset: bigint }
  | { readonly kind: 'end' };

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** What is known to be right of an answer; a member that is absent is not judged. */
export interface Expectation {
  /** Gain by reference. 0 is judged irrelevant; what is not listed is unjudged, which is counted, and no better. */
  readonly relevant?: ReadonlyMap<string, number>;
  /** Whether anything that could be retrieved answers the question. */
  readonly answerable?: boolean;
  /** Words that the released values must, or must not, have in them. */
  readonly contains: readonly string[];
  readonly absent: readonly string[];
}

export interface Question {
  readonly id: string;
  readonly at: Moment;
  readonly tenant: string;
  /** Null: a search of the tenant's policies. */
  readonly account: string | null;
  readonly mode: 'context' | 'search';
  readonly text: string;
  /** Earlier turns, oldest first. */
  readonly history: readonly Turn[];
  readonly kinds?: readonly Kind[];
  /** Ranks that are asked for, per kind. */
  readonly count: number;
  /** Of a request that was made once, and is made again as it was. Absent: `count` of each kind, and the service's own budget. */
  readonly limits?: { readonly policies: number; readonly tickets: number };
  readonly tokenBudget?: number;
  /** Absent: that of the set-up (`request.ts`). */
  readonly consistency?: Demands;
  readonly expect: Expectation;
}

/** What a question may ask of an answer's age. */
export type Demands = Omit<Consistency, 'level' | 'atLeast'> & {
  readonly level: Exclude<Consistency['level'], 'at_least'>;
};

/** One retrieved item, in the order of the answer; what was folded into it follows it. */
export interface RankedItem {
  readonly ref: Ref;
  readonly score: number;
  readonly lexical: number;
  readonly dense: number | null;
}

/** A released item as it is kept: with where it comes from in the stream's own numbering. */
export interface ReleasedItem {
  readonly ref: Ref;
  readonly hash: string;
  /** `topic:partition:offset` of the stream. */
  readonly position: string;
  readonly selected: string;
}

export const findingKinds = [
  'future_record',
  'stale_hit',
  'wrong_policy_version',
  'entitlement_leak',
  'cross_tenant_leak',
  'fact_missing',
  'fact_forbidden',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** Something that is wrong with an answer whatever its ranking. */
export interface Finding {
  readonly kind: FindingKind;
  readonly ref: Ref | null;
  /** One clear line. */
  readonly detail: string;
}

export const stages = ['catch_up', 'index', 'snapshot'] as const;
export type Stage = (typeof stages)[number];

/** What one question got, as it is kept in the folder of a run: one line of NDJSON. Of all of it only `latencyMs` may differ in another run. */
export interface Answer {
  readonly question: string;
  /** The virtual instant, milliseconds since 1970. */
  readonly atMs: number;
  /** Null: nothing was released, because there was no such account at that moment or because it was refused. */
  readonly snapshot: Digest | null;
  readonly content: Digest | null;
  readonly ranking: readonly RankedItem[];
  /** What plain BM25 puts first among everything that could have been retrieved at that moment. */
  readonly plain: readonly Ref[];
  readonly items: readonly ReleasedItem[];
  /** How sure retrieval is that something answers the question; higher is surer. Null without a question text. */
  readonly confidence: number | null;
  readonly freshness: {
    readonly label: string;
    readonly ageMs: number | null;
    /** Codes, each once. Absent: there are none. */
    readonly reasons?: readonly string[];
  };
  /** Absent: it was answered. What asked for more than the service had has no items, no findings and no label. */
  readonly refused?: { readonly why: 'behind' | 'stale' };
  /** Virtual milliseconds from the question to its answer or refusal. Absent: none. */
  readonly waitedMs?: number;
  /** Policies that the index did not have as they were: scored beside it, and left out. Absent: none. */
  readonly pending?: { readonly scored: number; readonly unscored: number };
  /** Of what was released, as the service counts them. */
  readonly tokens: number;
  readonly findings: readonly Finding[];
  readonly latencyMs: Readonly<Record<Stage, number>>;
}

/** A mean (of `abstention_auc` the area) with its bootstrap interval (95 %). */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Questions that have a value. */
  readonly questions: number;
  /** Of a metric of rankings: documents within its cut that nobody judged, over those questions. Null: not of rankings. */
  readonly unjudged: number | null;
}

export type MetricName = string;
export type Metrics = Readonly<Record<MetricName, Estimate>>;

/** Ours against the other of the same questions; the interval is that of the paired difference, `p` of a paired randomization test. */
export interface Difference {
  readonly metric: MetricName;
  readonly ours: number;
  readonly other: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  /** Those that both have a value for. */
  readonly questions: number;
  readonly verdict: 'better' | 'equal' | 'worse';
}

export interface Comparison {
  /** `plain BM25`, or the committed baseline's name. */
  readonly against: string;
  readonly differences: readonly Difference[];
}

export interface ThresholdResult {
  readonly metric: MetricName;
  /** As the suite has it: `>= 0.3`. */
  readonly bound: string;
  /** Null: the metric has no value, which fails. */
  readonly value: number | null;
  readonly met: boolean;
}

/** By metric; null where it has no value for this question. */
export type QuestionMetrics = Readonly<Record<MetricName, number | null>>;

export interface QuestionReport {
  readonly id: string;
  readonly text: string;
  readonly history: readonly Turn[];
  readonly atMs: number;
  /** Null: not judged. */
  readonly answerable: boolean | null;
  /** Gain by reference; null: not judged. */
  readonly relevant: Readonly<Record<string, number>> | null;
  readonly metrics: QuestionMetrics;
  /** The same metrics of the others, by `Comparison.against`. */
  readonly others: Readonly<Record<string, QuestionMetrics>>;
  readonly findings: readonly Finding[];
  readonly confidence: number | null;
  readonly snapshot: Digest | null;
  /** Of what was released: another digest, another context. */
  readonly content: Digest | null;
  /** Why it was refused. Absent: it was answered. */
  readonly refused?: NonNullable<Answer['refused']>['why'];
  /** The first ranks, best first. */
  readonly ranking: readonly RankedItem[];
  readonly items: readonly ReleasedItem[];
}

export interface StreamSummary {
  /** Of every record of the stream: where it lies, when it arrived and what it holds. */
  readonly digest: Digest;
  readonly records: number;
  readonly applied: number;
  readonly superseded: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** One clear line each: holes, dates out of order, records that were rejected. */
  readonly notices: readonly string[];
}

/** A set-up as a report names it. */
export interface SetupReport {
  readonly name: string;
  readonly generation: string;
  readonly ranking: string;
  /** Absent: it did not lag. */
  readonly lag?: Lag;
}

export interface Report {
  readonly format: 1;
  readonly suite: { readonly name: string; readonly digest: Digest };
  readonly setup: SetupReport;
  readonly seed: number;
  readonly stream: StreamSummary;
  readonly metrics: Metrics;
  readonly questions: readonly QuestionReport[];
  readonly comparisons: readonly Comparison[];
  readonly thresholds: readonly ThresholdResult[];
  readonly passed: boolean;
  /** Milliseconds; everything above is the same bytes in another run. */
  readonly times: {
    readonly startedAt: string;
    readonly totalMs: number;
    readonly stages: Readonly<Record<Stage, { readonly p50: number; readonly p95: number; readonly max: number }>>;
    /** By question id. */
    readonly questions: Readonly<Record<string, Readonly<Record<Stage, number>>>>;
  };
}
