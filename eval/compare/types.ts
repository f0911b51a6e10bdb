/** What is told of two set-ups over one stream. */
import type { Digest } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import type {
  Difference,
  Finding,
  MetricName,
  QuestionMetrics,
  QuestionReport,
  RankedItem,
  Report,
  ThresholdResult,
  Turn,
} from '../harness/types.js';

/** Where a reference stands in the context of one set-up. */
export interface Place {
  /** From 1, among what was retrieved; null: it is there without having been retrieved. */
  readonly rank: number | null;
  /** Null where `rank` is. */
  readonly score: Pick<RankedItem, 'score' | 'lexical' | 'dense'> | null;
}

export const refChangeKinds = ['entered', 'left', 'moved', 'kept'] as const;

/** One reference in two contexts. */
export interface RefChange {
  readonly ref: Ref;
  /** Seen from the first set-up: what entered is in the second one only. */
  readonly kind: (typeof refChangeKinds)[number];
  /** The same reference with another value: another version, or another policy text. */
  readonly valueChanged: boolean;
  /** Null: not in that context. */
  readonly a: Place | null;
  readonly b: Place | null;
  /** As it is judged; null: by nobody. */
  readonly gain: number | null;
}

/** What one set-up made of a question. */
export interface Side {
  readonly snapshot: Digest | null;
  readonly content: Digest | null;
  readonly metrics: QuestionMetrics;
  readonly findings: readonly Finding[];
  readonly confidence: number | null;
  /** Why it refused. Absent: it answered. */
  readonly refused?: NonNullable<QuestionReport['refused']>;
}

/** A question whose context is another one. */
export interface ContextChange {
  readonly id: string;
  readonly text: string;
  readonly history: readonly Turn[];
  readonly atMs: number;
  readonly a: Side;
  readonly b: Side;
  /** In the order of the better of their two ranks. All are kept where the messages alone differ. */
  readonly refs: readonly RefChange[];
}

/** Two set-ups; everything is told of `b`, the new one, against `a`. */
export interface ContextComparison {
  readonly format: 1;
  readonly suite: Report['suite'];
  readonly a: Report['setup'];
  readonly b: Report['setup'];
  /** `ours` is that of `b`, `other` that of `a`. */
  readonly differences: readonly Difference[];
  readonly metrics: readonly MetricName[];
  /** Questions that both were asked, and those of them with another context. */
  readonly questions: number;
  readonly changed: number;
  readonly changes: readonly ContextChange[];
  /** Whether the run of `b` passed; the thresholds of both. */
  readonly passed: boolean;
  readonly thresholds: Readonly<Record<'a' | 'b', readonly ThresholdResult[]>>;
  /** One clear line each. */
  readonly notices: readonly string[];
  /** Ids of questions that one of them was not asked. */
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
}
