/** What a caller asks for, once validated, with every default filled in. */
import type { Kind } from '../domain/kinds/index.js';
import type { PositionVector } from '../domain/position.js';
import type { PromptCall } from '../prompts/prompt.js';
import type { Turn } from '../retrieval/conversation.js';

/**
 * `fastest` answers from what is applied now; `at_least` first covers the tokens; `latest` first covers the end of the log as of
 * the question.
 */
export type ConsistencyLevel = 'fastest' | 'at_least' | 'latest';

/** What to do when the level or the staleness bound is not met: wait until the deadline, answer and say so, or refuse at once. */
export type OnViolation = 'wait' | 'mark' | 'refuse';

export interface Consistency {
  readonly level: ConsistencyLevel;
  /** Positions that the answer must cover, whatever the level. */
  readonly atLeast: PositionVector;
  readonly maxStalenessMs: number;
  readonly deadlineMs: number;
  readonly onViolation: OnViolation;
}

/**
 * `context` is everything a copilot should know of an account; `search` is what bears on a question and nothing else: tickets of the
 * account when one is named, policies for anyone when none is.
 */
interface RequestCore {
  readonly tenant: string;
  /** Recorded in the manifest; masks may come to depend on it. */
  readonly purpose: string | null;
  /** Sorted, without repetition. */
  readonly kinds: readonly Kind[];
  readonly tokenBudget: number;
  /** The most retrieved items, per kind. */
  readonly limits: { readonly policies: number; readonly tickets: number };
  readonly consistency: Consistency;
  /** Time travel: the answer as of these positions, and nothing of a partition that is not named. Null: as of now. */
  readonly asOf: PositionVector | null;
}

export interface ContextRequest extends RequestCore {
  readonly mode: 'context';
  readonly account: string;
  /** Null: keyed items only, nothing is retrieved by meaning. */
  readonly question: string | null;
  /** What was said before the question, oldest first, at least one turn; only beside a question. Absent: nothing was. */
  readonly history?: readonly Turn[];
  /** Absent: no messages are rendered. */
  readonly prompt?: PromptCall;
}

export interface SearchRequest extends RequestCore {
  readonly mode: 'search';
  readonly account: string | null;
  readonly question: string;
  /** As of a context. */
  readonly history?: readonly Turn[];
}

export type SnapshotRequest = ContextRequest | SearchRequest;
