/** A trap: a place in the stream where a careless context service answers wrongly, and what is true there. */
import type { JsonValue } from '../../../src/domain/canonical.js';
import type { Ref } from '../../../src/domain/entity.js';
import type { Kind } from '../../../src/domain/kinds/index.js';
import type { RejectionReason } from '../../../src/domain/rejection.js';
import type { StreamEntry } from '../stream.js';
import type { Tenant } from './emit.js';

/** What an item must say beyond being there. */
export type Claim =
  /** RFC 6901 pointer into the item's value; text is compared code unit by code unit. */
  | { readonly kind: 'value'; readonly ref: Ref; readonly pointer: string; readonly equals: JsonValue }
  /** In force at the evaluation instant or not; an item that is not may be left out. */
  | { readonly kind: 'active'; readonly ref: Ref; readonly active: boolean }
  /** The policy names this version as the one that comes next; null when it must name none. */
  | { readonly kind: 'successor'; readonly ref: Ref; readonly successor: Ref | null };

/** One question and what its answer must and must not hold. */
export interface Expectation {
  /** `redriven`: asked after the trap's `repair` has been redriven, otherwise nothing but the stream has happened. */
  readonly when: 'before' | 'after' | 'redriven';
  readonly tenant: Tenant;
  readonly account: string;
  readonly question: string;
  /** Everything that arrived at or before this instant has been applied, and nothing later. */
  readonly seenThrough: number;
  /** The instant the question is about; windows of entitlements and policies are judged by it. */
  readonly evaluatedAt: number;
  /** References among the items; retrieval must find those that are not listed by key. */
  readonly mustContain: readonly Ref[];
  readonly mustNotContain: readonly Ref[];
  /** Text that stands nowhere in the bytes of the answer. */
  readonly mustNotMention: readonly string[];
  readonly claims: readonly Claim[];
  /** Given where the trap is about it. */
  readonly label?: 'fresh' | 'incomplete';
}

/** A record that gets rejected, and for what. */
export interface ExpectedRejection {
  readonly topicKind: Kind;
  readonly key: string;
  readonly reason: RejectionReason;
}

export interface Trap {
  readonly name: string;
  /** What happens, in two or three sentences, for the report. */
  readonly story: string;
  readonly refs: readonly Ref[];
  /** Its own events; those of policies are part of the policies' texts. */
  readonly entries: readonly StreamEntry[];
  readonly expectations: readonly Expectation[];
  readonly rejections: readonly ExpectedRejection[];
  /** Bytes for the redrive of its rejected record. */
  readonly repair?: { readonly topicKind: Kind; readonly key: string; readonly value: string };
}

type Question = Pick<Expectation, 'tenant' | 'account' | 'question'>;
type Truth = Partial<Omit<Expectation, keyof Question>> & Pick<Expectation, 'when' | 'seenThrough'>;

/** An expectation about the same question; evaluated at the instant it is asked unless it says otherwise. */
export function expectation(question: Question, truth: Truth): Expectation {
  const nothing = { mustContain: [], mustNotContain: [], mustNotMention: [], claims: [] };
  return { ...question, ...nothing, evaluatedAt: truth.seenThrough, ...truth };
}
