/** What a decision may look like: how much was looked up, which tools were called, who had the last word, and what came of it. */
import type { Random } from '../random.js';

export interface CallShape {
  readonly ends: 'returned' | 'failed' | 'failed_then_returned';
  /** Claimed once more by somebody who was told that it is a duplicate. */
  readonly isClaimedTwice: boolean;
  /** Characters of the result: a long one is told by its hash. */
  readonly resultChars: number;
}

export interface Shape {
  readonly account: number;
  readonly question: string | null;
  /** One more snapshot, of a search. */
  readonly searches: boolean;
  readonly calls: readonly CallShape[];
  readonly approval: 'required' | 'none';
  readonly verdict: 'approved' | 'overridden' | 'replaced' | 'unheard';
  /** Entity events written back when it is executed. */
  readonly writes: number;
  readonly isCompensated: boolean;
  readonly ends: 'task.finished' | 'task.failed';
  /** A second decision under the same correlation, which is another story. */
  readonly hasSibling: boolean;
}

export const ACCOUNTS = 6;
const questions = ['refund after renewal', 'which plan includes exports', 'cancel a label'];

export function shapeOf(random: Random): Shape {
  const approval = random.chance(0.6) ? 'required' : 'none';
  return {
    account: random.below(ACCOUNTS),
    question: random.chance(0.7) ? random.pick(questions) : null,
    searches: random.chance(0.3),
    calls: Array.from({ length: random.below(4) }, () => callOf(random)),
    approval,
    verdict: random.pick(approval === 'required' ? heard : [...heard, 'unheard' as const]),
    writes: random.below(3),
    isCompensated: random.chance(0.15),
    ends: random.chance(0.9) ? 'task.finished' : 'task.failed',
    hasSibling: random.chance(0.2),
  };
}

const heard = ['approved', 'overridden', 'replaced'] as const;

function callOf(random: Random): CallShape {
  return {
    ends: random.pick(['returned', 'failed', 'failed_then_returned']),
    isClaimedTwice: random.chance(0.2),
    resultChars: random.chance(0.2) ? random.between(1_000, 5_000) : random.below(50),
  };
}
