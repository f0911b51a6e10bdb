/** The request a recorded manifest answers, to be asked again. */
import { limits } from '../limits.js';
import type { RecordedManifest } from '../snapshot/recorded.js';
import type { SnapshotRequest } from '../snapshot/request.js';

/** Consistency does not matter to a check: it looks at what is applied and says how fresh that is. */
export function requestOf({ parsed }: Pick<RecordedManifest, 'parsed'>): SnapshotRequest {
  const { tenant, account, question, purpose, kinds, tokenBudget } = parsed;
  const core = { tenant, purpose, kinds, tokenBudget, limits: parsed.limits, consistency: asItIs, asOf: null };
  const said = parsed.history === undefined ? {} : { history: parsed.history };
  return parsed.mode === 'context' || question === null
    ? { ...core, ...said, mode: 'context', account: account ?? '', question }
    : { ...core, ...said, mode: 'search', account, question };
}

const asItIs = {
  level: 'fastest',
  atLeast: new Map(),
  maxStalenessMs: limits.maxStalenessMsDefault,
  deadlineMs: 0,
  onViolation: 'mark',
} as const;
