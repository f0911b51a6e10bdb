/** How far a decision has come, by its own records: those of one decision lie in one partition, in order. */
import { approvalTypes } from '../../domain/interaction/decision.js';
import { positionText } from '../../domain/position.js';
import type { Noted } from './port.js';
import { type Chapter, has, ofType, type StoryRecord } from './story.js';

/**
 * The last word a person has had. Overruled: overridden, and nothing put in its place. Unread: that somebody had it is on record, and
 * what was said can no longer be read, which is a gap of its own.
 */
export type Word = 'none' | 'approved' | 'overruled' | 'unread';

export interface Course {
  readonly isApprovalRequired: boolean;
  readonly word: Word;
  /** Each time it was carried out, and the last word there was then: what comes after the fact allows nothing. */
  readonly executions: readonly { readonly noted: Noted; readonly word: Word }[];
  readonly isCompensated: boolean;
}

export function courseOf(decision: Chapter): Course {
  const judging = ofType(decision, ...approvalTypes);
  const words = new Map(judging.map((record) => [positionText(record.position), wordOf(record)]));
  const executions: Course['executions'][number][] = [];
  let word: Word = 'none';
  for (const noted of decision.known) {
    if (approvalTypes.includes(noted.type)) word = words.get(positionText(noted.position)) ?? 'unread';
    if (noted.type === 'decision.executed') executions.push({ noted, word });
  }
  return {
    isApprovalRequired: ofType(decision, 'decision.proposed').some(({ event }) => event.data.approval === 'required'),
    word,
    executions,
    isCompensated: has(decision, 'decision.compensated'),
  };
}

function wordOf({ event }: StoryRecord): Word {
  const isReplaced = (event.data.replacement ?? null) !== null;
  return event.type === 'decision.overridden' && !isReplaced ? 'overruled' : 'approved';
}

/** Carried out, taken back, or overruled: no more is to be expected of it. */
export function isSettled({ executions, isCompensated, word }: Course): boolean {
  return executions.length > 0 || isCompensated || word === 'overruled';
}
