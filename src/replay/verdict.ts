/** What a replay can say. It never guesses: what cannot be rebuilt is named with its reason. */

export type UnreplayableReason =
  | 'expired'
  | 'compacted'
  | 'truncated'
  | 'recreated'
  | 'erased'
  | 'model_missing'
  | 'policy_missing'
  | 'prompt_missing'
  | 'code_version'
  | 'retrieval_partial'
  | 'audit_damaged';

export const unreplayableAdvice: Readonly<Record<UnreplayableReason, string>> = {
  expired:
    'A record it was built from is past retention. Keep snapshots and their records for longer if you need this.',
  compacted: 'The topic was compacted and the journal does not hold the record.',
  truncated: 'The log ends before a position the snapshot was built from: it lost records after the snapshot.',
  recreated: 'The snapshot was built from another log, or from a topic that has since been made anew.',
  erased: 'A subject of this snapshot has been erased on request.',
  model_missing:
    'Start the service with the embedder (EMBEDDER) and the reranker that the stamp names, then replay again.',
  policy_missing: 'The policy version the stamp names is no longer kept.',
  prompt_missing:
    'Put the prompt version the stamp names back among the prompts, with the same bytes, then replay again.',
  code_version: 'The snapshot was assembled by code of another version; run that version to replay it.',
  retrieval_partial:
    'The search did not score all that might have been served, and which part is not on record. Replay at content depth.',
  audit_damaged: 'The audit record does not hold what its id promises. Check the log folder with `tidemark doctor`.',
};

/**
 * `content`: every item is rebuilt at its stamped position, and the released bytes with them. `full`: the state as of `through` is
 * rebuilt too and the whole request is answered again, so that nothing later can have been seen.
 */
export type ReplayDepth = 'content' | 'full';

export interface Difference {
  /** JSON pointer (RFC 6901) into the manifest. */
  readonly at: string;
  readonly expected: string;
  readonly actual: string;
}

export type Verdict =
  | { readonly verdict: 'MATCH'; readonly depth: ReplayDepth; readonly items: number }
  | { readonly verdict: 'MISMATCH'; readonly difference: Difference }
  | { readonly verdict: 'UNREPLAYABLE'; readonly reason: UnreplayableReason; readonly detail: string };
