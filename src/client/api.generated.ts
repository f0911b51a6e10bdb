// Written by scripts/client-types.mjs from openapi.json (npm run openapi). Not for editing.

export type Accepted = {
  /** `now`: reading goes on at once. `at_next_start`: what has been applied has to be folded again, which a start of the service does; until then answers are labelled as before. */
  readonly effect: 'now' | 'at_next_start';
  readonly meaning: string;
};

export type AccountState = {
  readonly account: Entity;
  readonly members: readonly Entity[];
  /** Moves with every change that touches the account, in this process; 0 with asOf */
  readonly version: number;
  /** Rejected events that keep this state from being complete */
  readonly blocked: readonly {
    readonly rejected: string;
    readonly ref: string | null;
  }[];
  readonly freshness: Freshness;
  readonly token: string;
};

/** As text where it is UTF-8, else as base64 */
export type Bytes = {
  readonly text: string;
} | {
  readonly base64: string;
} | null;

export type Change = {
  readonly ref: string;
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  readonly by: {
    readonly kind: 'event' | 'time' | 'ranking';
    readonly [member: string]: unknown;
  };
  readonly fields: readonly string[];
};

export type Claim = {
  readonly outcome: 'proceed';
  readonly idempotencyKey: string;
  /** Of the event `tool.called`; an outcome names it as its causation */
  readonly id: string;
  readonly position: Position;
  readonly token: string;
  /** This claim was made before, under the same id. Whoever made it may have acted: go on if that was you and you have not. */
  readonly again?: true | undefined;
} | {
  readonly outcome: 'duplicate';
  readonly idempotencyKey: string;
  /** Of the event `tool.called`; an outcome names it as its causation */
  readonly id: string;
  readonly position: Position;
  readonly token: string;
  readonly first: FirstCall;
};

export type ClaimRequest = {
  /** The same for every attempt at the same effect */
  readonly idempotencyKey: string;
  readonly tool: string;
  /** Any JSON. Over 65536 bytes its hash and size are recorded instead of it */
  readonly arguments?: unknown | undefined;
  /** What stands for arguments that are kept elsewhere */
  readonly argumentsRef?: {
    readonly hash: string;
    readonly bytes: number;
    readonly url?: string | undefined;
    readonly [member: string]: unknown;
  } | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly snapshots?: readonly string[] | undefined;
  readonly decision?: string | undefined;
  /** Of the claim itself, random, such as a UUID: after a lost reply the same claim is made again under it, and proceeds for whoever has the id. Without it the reply has a new one, and to claim again is to be told of a duplicate. */
  readonly id?: string | undefined;
  readonly deadlineMs?: number | undefined;
};

/** CloudEvents 1.0, structured mode. What is wrong with one is told by the reason codes of rejected events. */
export type CloudEvent = {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  /** Begins with what it is about: account, ticket, entitlement, policy, … */
  readonly type: string;
  readonly subject?: string | undefined;
  readonly time?: string | undefined;
  readonly op?: 'upsert' | 'patch' | 'delete' | undefined;
  readonly entityversion?: string | undefined;
  readonly data?: {
    readonly [member: string]: unknown;
  } | undefined;
  readonly [member: string]: unknown;
};

/** Of what this instance has answered since its start. Null: nothing is compared with it */
export type ComparedSnapshots = {
  readonly compared: number;
  /** Of these, a copilot would have seen something else */
  readonly differing: number;
  /** Not compared: the bound of the rate or of the queue was reached */
  readonly skipped: number;
  readonly failed: number;
} | null;

/** `fastest` answers from what is applied now, `at_least` first covers the tokens, `latest` first covers the end of the log as of the request. `onViolation` defaults to `mark` for `fastest` and to `wait` for the others. With `asOf` only `deadlineMs` and `onViolation: refuse` matter: half a past is none, so it is never marked. */
export type Consistency = {
  readonly level?: 'fastest' | 'at_least' | 'latest' | undefined;
  readonly tokens?: readonly string[] | undefined;
  readonly maxStalenessMs?: number | undefined;
  readonly deadlineMs?: number | undefined;
  readonly onViolation?: 'wait' | 'mark' | 'refuse' | undefined;
};

export type ContextRequest = {
  readonly account: string;
  readonly question?: string | undefined;
  /** The turns of the conversation before the question, oldest first: retrieval weighs what they name, the longer ago the less. In the manifest as they are given; an empty list is as good as none. */
  readonly history?: readonly {
    readonly role: 'user' | 'assistant';
    readonly text: string;
  }[] | undefined;
  readonly purpose?: string | undefined;
  readonly kinds?: readonly ('account' | 'ticket' | 'entitlement' | 'policy')[] | undefined;
  readonly tokenBudget?: number | undefined;
  readonly consistency?: Consistency | undefined;
  /** A token: the answer as of the positions it names, from records no later than them. A partition that it does not name means nothing of it; the token of a reply names all that the reply was read from. The evaluation instant is the moment the log took the last of the records at those positions. The label is never fresh, with the reason `as_of`. */
  readonly asOf?: string | undefined;
  /** Render this prompt over the snapshot: `prompt.messages` of the reply, for a model. GET /v1/prompts lists the prompts and their inputs. Retrieved text stands in the messages as fenced, labelled data. A text stands for the prompt of this id. */
  readonly prompt?: string | {
    readonly id: string;
    readonly variant?: string | undefined;
    /** The newest when not given; older ones are kept */
    readonly version?: string | undefined;
    readonly input?: {
      readonly [member: string]: string;
    } | undefined;
  } | undefined;
  /** The interaction that the snapshot is asked for; kept in the audit record, outside the hash. The header `correlation-id` says the same; where both are given, the member counts. */
  readonly correlationId?: string | undefined;
};

export type Counts = {
  readonly applied: number;
  readonly superseded: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly sum: string;
  /** From the very first record, kept or expired, through the last applied one */
  readonly records: string;
  readonly addsUp: boolean;
} | null;

export type DecisionTrace = {
  readonly id: string;
  readonly correlationId: string | null;
  /** True when there are no gaps */
  readonly complete: boolean;
  readonly gaps: readonly TraceGap[];
  /** In the order of the story */
  readonly hops: readonly TraceHop[];
  readonly token: string;
};

export type Diff = {
  readonly id: string;
  readonly same: boolean;
  readonly accountGone: boolean;
  readonly changes: readonly (Change & {
    readonly fields?: readonly {
      readonly pointer: string;
      readonly before?: unknown | undefined;
      readonly after?: unknown | undefined;
    }[] | undefined;
  })[];
  readonly freshness: Freshness;
  readonly token: string;
};

export type DifferingSnapshot = {
  readonly snapshot: string;
  readonly tenant: string;
  readonly at: string;
  /** References that only the shadow would have served */
  readonly entered: readonly string[];
  /** References that only the live generation served */
  readonly left: readonly string[];
  readonly moved: readonly {
    readonly ref: string;
    readonly from: number;
    readonly to: number;
  }[];
  readonly confidence: {
    readonly live: number;
    readonly shadow: number;
  } | null;
};

export type Discard = {
  readonly id: string;
  readonly decision: string;
  readonly token: string;
};

export type Entity = {
  readonly ref: string;
  readonly status: 'present' | 'deleted';
  readonly source: Position & {
    readonly entityVersion: string | null;
    readonly eventTime: string | null;
    readonly hash: string | null;
    readonly redrives: readonly string[];
  };
  readonly value?: {
    readonly [member: string]: unknown;
  } | undefined;
};

/** `unknown`: it runs, or its end was not recorded. The members of its outcome are missing where the record has gone. */
export type FirstCall = {
  readonly status: 'unknown' | 'returned' | 'failed';
  readonly position: Position & (Readonly<Record<string, never>> | null);
  readonly outcome: Position & (Readonly<Record<string, never>> | null);
  /** What was claimed first; null: no longer known */
  readonly tool: string | null;
  /** SHA-256 of its canonical arguments; null: none */
  readonly argumentsHash: string | null;
  /** True: the first call is of another tool or with other arguments, so the key stands for two effects, and the outcome told is not that of the call claimed now. Null: no longer known. */
  readonly mismatch: boolean | null;
  readonly result?: unknown | undefined;
  readonly resultRef?: {
    readonly hash: string;
    readonly bytes: number;
    readonly url?: string | undefined;
    readonly [member: string]: unknown;
  } | undefined;
  readonly error?: {
    readonly [member: string]: unknown;
  } | undefined;
  readonly retriable?: boolean | undefined;
};

/** Never better than what is proven, and always with its reasons. `gap`: records of the log are known to be lost to the answer. `incomplete` with `retrieval_unavailable`: the retrieval index could not be asked, so policies that bear on the question are missing; whoever would rather have none asks with `onViolation: refuse` and gets 503 `index_unavailable`. */
export type Freshness = {
  readonly label: 'fresh' | 'stale' | 'incomplete' | 'gap' | 'unknown';
  readonly ageMs: number | null;
  readonly reasons: readonly {
    readonly code: string;
    readonly [member: string]: unknown;
  }[];
};

export type Generation = {
  readonly id: string;
  /** `live`: answers are made with it. `former`: what a rollback goes to. `shadow`: filled and compared. `kept`: the configured one, when it is none of these. `unavailable`: on record, and cannot be opened by this instance. */
  readonly role: 'live' | 'former' | 'shadow' | 'kept' | 'unavailable';
  /** As EMBEDDER takes it */
  readonly method: string;
  /** How its model is read. Null: it has none, or its record does not say */
  readonly model: {
    /** The number format of its graph */
    readonly dtype: 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4';
    /** How its tokens become one vector */
    readonly pooling: 'mean' | 'cls' | 'none';
    /** What it wants before each question */
    readonly questionPrefix: string;
    /** What it wants before each passage */
    readonly passagePrefix: string;
  } | null;
  readonly index: {
    readonly generation: string;
    readonly embedder: {
      readonly id: string;
      readonly revision: string;
      readonly dimensions: number;
    } | null;
    readonly ranking: string;
  };
  readonly startedAt: string | null;
  readonly reason: string | null;
  readonly by: string | null;
  /** Of this instance; where instances share the index in Qdrant, one of them fills it. Null: the configured one, of which GET /v1/positions tells */
  readonly filling: {
    readonly indexed: number;
    readonly lacking: number;
    readonly isCaughtUp: boolean;
  } | null;
  readonly compared: ComparedSnapshots;
  /** At most 20, the newest last */
  readonly examples: readonly DifferingSnapshot[];
  readonly trouble: string | null;
};

export type Generations = {
  readonly live: string;
  readonly generations: readonly Generation[];
};

export type History = {
  readonly entries: readonly HistoryEntry[];
  /** False: records of the keys under `lost` are no longer kept */
  readonly complete: boolean;
  readonly lost: readonly {
    readonly ref: string;
    readonly why: string;
    readonly position: string;
  }[];
  /** Pass as `after` for the next page; null on the last */
  readonly nextAfter: string | null;
  readonly freshness: Freshness;
  readonly token: string;
};

export type HistoryEntry = {
  readonly position: Position;
  readonly ref: string;
  readonly outcome: 'applied' | 'superseded' | 'duplicate' | 'rejected' | 'noted';
  readonly effect: 'created' | 'changed' | 'deleted' | 'moved_in' | 'moved_out' | 'none';
  readonly fields: readonly string[];
  readonly entityVersion: string | null;
  readonly eventType: string | null;
  readonly eventId: string | null;
  readonly eventSource: string | null;
  readonly eventTime: string | null;
  readonly rejected: {
    readonly id: string;
    readonly reason: string;
    readonly advice: string;
  } | null;
};

/** Counted since this instance started */
export type IndexStanding = {
  /** Entities that the index has not seen; null: not known */
  readonly pending: number | null;
  /** Points that it answered with and that were not believed */
  readonly dropped: number;
  /** Times it had lost what it held, and was filled again */
  readonly lost: number;
  /** Times it would not take an entity as it is. That stays pending, is scored beside the index, and is tried again when it changes and less and less often. */
  readonly refused: number;
} | null;

export type MergeRequest = {
  readonly tokens: readonly string[];
};

export type MergedToken = {
  readonly token: string;
  readonly through: Vector;
};

export type PartitionPosition = {
  readonly topic: string;
  readonly partition: number;
  /** The kind of entity or interaction its records are of */
  readonly about: string | null;
  /** Whether the instance that answers is the one that applies it */
  readonly owned: boolean;
  readonly appliedThrough: string | null;
  readonly committed: string | null;
  /** The next offset to be written */
  readonly highWatermark: string;
  readonly firstKept: string;
  readonly lagRecords: string | null;
  /** Since the newest instant whose end of log is applied */
  readonly lagSeconds: number | null;
  readonly state: 'catching_up' | 'live' | 'held' | 'retrying' | 'stopped' | null;
  readonly label: string;
  readonly trouble: PartitionTrouble;
  readonly counts: Counts;
};

/** Why a partition is not read on. Answers that could come from its topic say so until it is over. */
export type PartitionTrouble = {
  /** `blocked_at_lso`: an open transaction keeps records from `readableEnd` on from being read. `gap`: the log has let go of the offsets from `from` up to but not at `to` before they were read. `truncated`: the log has lost records that were read of it, from `from` on. `recreated`: the topic was deleted and made again: its id `was` one and `is` another. `topic_missing`: the log has no such topic. `new_partition`: the topic has grown by this partition, to which keys may have moved */
  readonly kind: 'blocked_at_lso' | 'gap' | 'truncated' | 'recreated' | 'topic_missing' | 'new_partition';
  /** Offsets and counts, as decimal strings, and topic ids */
  readonly facts: {
    readonly [member: string]: string;
  };
  /** What an operator brings about by accepting it; null: it passes by itself, or when the log is mended */
  readonly whenAccepted: string | null;
} | null;

export type Position = {
  readonly topic: string;
  /** Id of the topic: one that is made anew has another */
  readonly incarnation: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: string;
};

export type Positions = {
  readonly log: string;
  /** The one that answers; which partitions it applies is told of each */
  readonly instance: {
    readonly id: string;
    readonly role: 'all' | 'materializer' | 'api';
  };
  readonly partitions: readonly PartitionPosition[];
  readonly totals: Counts;
  readonly auditRecords: number | null;
  readonly state: StateStanding;
  readonly index: IndexStanding;
  readonly reconciled: ReconcileFindings;
  /** Why this instance applies nothing for now; it goes on by itself. `pending`: entities the index has not seen */
  readonly backpressure: {
    readonly reason: 'index_behind';
    readonly pending: number;
  } | null;
  readonly token: string | null;
};

/** RFC 9457. `code` is one of a closed list; `advice` says what to do; `errors` names members. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly advice: string;
  readonly retriable: boolean;
  readonly requestId: string;
  readonly errors?: readonly {
    readonly in: string;
    readonly pointer: string;
    readonly detail: string;
    readonly [member: string]: unknown;
  }[] | undefined;
  readonly facts?: {
    readonly [member: string]: unknown;
  } | undefined;
  readonly [member: string]: unknown;
};

export type Prompts = {
  readonly prompts: readonly {
    readonly id: string;
    readonly variant: string | null;
    /** The newest, which a request without a version gets */
    readonly version: string;
    /** Every version that is kept, the newest first */
    readonly versions: readonly string[];
    /** SHA-256 of the file of the newest version */
    readonly hash: string;
    readonly description: string;
    readonly needsQuestion: boolean;
    readonly inputs: readonly {
      readonly name: string;
      readonly description: string;
      readonly required: boolean;
      /** Null: any text */
      readonly values: readonly string[] | null;
    }[];
    /** JSON Schema of what the model is to answer with; null: text */
    readonly output: {
      readonly [member: string]: unknown;
    } | null;
  }[];
};

export type Readiness = {
  readonly status: 'ready' | 'empty' | 'degraded' | 'catching_up' | 'unreachable' | 'stopping';
  readonly checks: {
    readonly log: {
      readonly ok: boolean;
      readonly detail: string;
    };
    readonly firstCatchUp: {
      readonly ok: boolean;
      readonly detail: string;
    };
    readonly partitions: {
      readonly ok: boolean;
      readonly detail: string;
    };
    readonly ledger: {
      readonly ok: boolean;
      readonly detail: string;
    };
    readonly generation: {
      readonly ok: boolean;
      readonly detail: string;
    };
  };
  readonly appliedRecords: string;
  readonly lagRecords: string;
};

/** Of the last pass of this instance; null also: it has made none */
export type ReconcileFindings = {
  readonly checked: number;
  /** The journal says that there is one, and there was none */
  readonly missing: number;
  readonly differing: number;
  /** There was one of which the journal knows nothing */
  readonly orphaned: number;
  /** Of those, written again, marked to be, or taken out */
  readonly repaired: number;
  /** Could not be judged: their records have expired, or they moved */
  readonly skipped: number;
} | null;

export type Reconciled = {
  /** `under_way`: the pass takes longer than a request; asked again, the same pass is waited for. `not_needed`: the state is this process's own and was folded from the journal when it started. */
  readonly status: 'ended' | 'under_way' | 'not_needed';
  readonly findings: ReconcileFindings & unknown;
};

export type Redrive = {
  readonly id: string;
  readonly dryRun: boolean;
  readonly preview: RedrivePreview;
  /** Position of the decision; null for a dry run */
  readonly decision: string | null;
  /** Covers the decision: pass it to see its effect */
  readonly token: string | null;
};

/** The entity before and after, and every record whose outcome changes. */
export type RedrivePreview = {
  readonly before: Entity & (Readonly<Record<string, never>> | null);
  readonly after: Entity & (Readonly<Record<string, never>> | null);
  readonly outcomes: readonly {
    readonly position: string;
    readonly before: 'applied' | 'superseded' | 'duplicate' | 'rejected' | 'noted' | null;
    readonly after: 'applied' | 'superseded' | 'duplicate' | 'rejected' | 'noted';
  }[];
};

export type RedriveRequest = {
  readonly dryRun?: boolean | undefined;
  /** The record value to fold instead: `{"json": …}` or `{"base64": "…"}`. Without it, the original bytes. */
  readonly repaired?: Readonly<Record<string, never>> | undefined;
};

export type Rejected = {
  readonly id: string;
  readonly position: Position;
  readonly reason: string;
  readonly detail: string;
  readonly advice: string;
  readonly concern: {
    readonly tenant: string | null;
    readonly ref: string | null;
    readonly account: string | null;
  };
  readonly rejectedAt: string;
  /** What was decided; open: nothing yet. Where a newer full state has replaced what was rejected, there is nothing left to decide: it stays open and blocks nothing. */
  readonly status: 'open' | 'redriven' | 'discarded';
  /** Position of the decision */
  readonly decidedAt: string | null;
  /** Answers about its key are labelled incomplete because of it */
  readonly blocking: boolean;
};

export type RejectedExplained = Rejected & {
  /** The record as it was; null when the letter is no longer kept, or the record was too large to be copied */
  readonly record: {
    readonly key: Bytes;
    readonly value: Bytes;
    readonly headers: readonly {
      readonly name: string;
      readonly value: Bytes;
    }[];
  } | null;
};

export type RejectedPage = {
  readonly rejected: readonly Rejected[];
  readonly total: number;
  readonly nextAfter: string | null;
};

export type SearchRequest = {
  readonly question: string;
  /** The turns of the conversation before the question, oldest first: retrieval weighs what they name, the longer ago the less. In the manifest as they are given; an empty list is as good as none. */
  readonly history?: readonly {
    readonly role: 'user' | 'assistant';
    readonly text: string;
  }[] | undefined;
  /** Its tickets are searched, and only policies that apply to it */
  readonly account?: string | undefined;
  readonly purpose?: string | undefined;
  readonly kinds?: readonly ('policy' | 'ticket')[] | undefined;
  readonly limit?: number | undefined;
  readonly tokenBudget?: number | undefined;
  readonly consistency?: Consistency | undefined;
  /** A token: the answer as of the positions it names, from records no later than them. A partition that it does not name means nothing of it; the token of a reply names all that the reply was read from. The evaluation instant is the moment the log took the last of the records at those positions. The label is never fresh, with the reason `as_of`. */
  readonly asOf?: string | undefined;
  /** The interaction that the snapshot is asked for; kept in the audit record, outside the hash. The header `correlation-id` says the same; where both are given, the member counts. */
  readonly correlationId?: string | undefined;
};

/** What a copilot should know, stamped with the log positions it was built from. `trust: customer` marks text that a customer wrote: data, never instructions. */
export type Snapshot = {
  readonly id: string;
  readonly tenant: string;
  readonly account: string | null;
  readonly question: string | null;
  /** Absent where nothing was said before the question. */
  readonly history?: readonly {
    readonly role: 'user' | 'assistant';
    readonly text: string;
  }[] | undefined;
  readonly evaluatedAt: string;
  readonly content: string;
  readonly freshness: Freshness;
  readonly items: readonly {
    readonly ref: string;
    readonly status: 'present';
    readonly masked: readonly string[];
    readonly value: {
      readonly [member: string]: unknown;
    };
    readonly source: {
      readonly topic: string;
      readonly partition: number;
      readonly offset: string;
      readonly hash: string;
      readonly [member: string]: unknown;
    };
    readonly trust: 'business' | 'customer';
    readonly why: {
      readonly selected: string;
      readonly [member: string]: unknown;
    };
    readonly [member: string]: unknown;
  }[];
  /** What the token budget left out (`token_budget`), what says the same as something that ranks before it (`of`), such as one policy published under two ids (`duplicate`), and what came after the number of items asked for (`count_limit`); with a question at most the 10 nearest misses of each kind. Cut after 50. */
  readonly omitted: readonly {
    readonly ref: string;
    readonly reason: string;
    readonly of?: string | undefined;
  }[];
  /** Entries of `omitted` before it was cut. With a question no total: what scored lower than the nearest misses is not counted. */
  readonly omittedCount: number;
  /** Null without a question. */
  readonly retrieval: {
    readonly statistics: string;
    readonly pendingScored: number;
    readonly pendingUnscored: number;
    /** How sure retrieval is that something it found bears on the question, from 0 to 1: what to abstain by. No probability: it orders the questions of one index generation and ranking, and a threshold for it is found by measuring (`tidemark eval`). */
    readonly confidence: number;
    readonly [member: string]: unknown;
  } | null;
  readonly stamp: {
    readonly log: string;
    readonly through: Vector;
    readonly policySet: string;
    readonly prompt?: {
      readonly id: string;
      readonly version: string;
      readonly hash: string;
      readonly [member: string]: unknown;
    } | undefined;
    readonly [member: string]: unknown;
  };
  readonly prompt?: {
    readonly messages: readonly {
      readonly role: 'system' | 'user' | 'assistant';
      readonly content: string;
    }[];
  } | undefined;
  readonly token: string;
  /** Where the audit record of the release stands: in the audit topic or, with `spooled`, at that offset of the spool on the disk of the instance that replied, from where it is shipped to the topic. It was durable there before the reply. */
  readonly audit: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: string;
  } | {
    readonly topic: string;
    readonly spooled: string;
  } | null;
  readonly [member: string]: unknown;
};

export type StateStanding = {
  /** Why the state is not believed: `unreachable`, it does not answer; `evicting`, it may drop what it holds when memory runs short. Meanwhile reads get 503 `state_unavailable`, events are taken, and here what only the state knows is null. */
  readonly trouble: {
    readonly kind: 'unreachable' | 'evicting';
    readonly policy?: string | undefined;
  } | null;
  /** Since this instance started: times the state had fallen back or begun anew, and was folded again */
  readonly regresses: number;
};

export type TraceGap = {
  readonly stage: 'control' | 'state' | 'snapshot' | 'prompt' | 'policy' | 'tool' | 'decision' | 'approval' | 'written';
  /** What is missing, by name */
  readonly what: string;
  readonly reason: 'missing' | 'not_there' | 'expired' | 'compacted' | 'truncated' | 'damaged' | 'not_on_record' | 'unknown_outcome' | 'pending' | 'overruled' | 'unfinished' | 'other_correlation' | 'no_entity' | 'rejected' | 'mismatch' | 'unreplayable' | 'left_out';
  /** `topic:partition:offset` of the record that is gone, or of the one that names what is missing */
  readonly position: string | null;
};

export type TraceHop = {
  readonly stage: 'control' | 'state' | 'snapshot' | 'prompt' | 'policy' | 'tool' | 'decision' | 'approval' | 'written';
  readonly ref: string;
  readonly position: string;
  /** When the log took the record; positions order, times do not */
  readonly time: string;
  readonly hash: string;
  /** Of a snapshot, and of the state it shows. Where its ranking cannot be done again, as by another build of the index, it is that of the content: the facts `depth` and `because` say so. */
  readonly verdict?: 'MATCH' | 'MISMATCH' | 'UNREPLAYABLE' | undefined;
  /** Of the record; a member of more than 2048 bytes is told by its hash */
  readonly facts: {
    readonly [member: string]: unknown;
  };
};

export type Validity = {
  readonly id: string;
  readonly valid: boolean;
  /** What made the first change: an event with its position, or an instant that has passed */
  readonly supersededBy: {
    readonly kind: 'event' | 'time' | 'ranking' | 'account_gone';
    readonly [member: string]: unknown;
  } | null;
  readonly changedItems: number;
  readonly freshness: Freshness;
  readonly token: string;
};

export type Vector = {
  readonly [member: string]: {
    readonly [member: string]: string;
  };
};

export type Verdict = {
  readonly id: string;
  readonly verdict: 'MATCH';
  readonly depth: 'content' | 'full';
  readonly items: number;
} | {
  readonly id: string;
  readonly verdict: 'MISMATCH';
  readonly difference: {
    readonly at: string;
    readonly expected: string;
    readonly actual: string;
  };
} | {
  readonly id: string;
  readonly verdict: 'UNREPLAYABLE';
  readonly reason: 'expired' | 'compacted' | 'truncated' | 'recreated' | 'erased' | 'model_missing' | 'policy_missing' | 'prompt_missing' | 'code_version' | 'retrieval_partial' | 'audit_damaged';
  readonly detail: string;
  readonly advice: string;
};

/** Codes of problems that the document names; the service may learn others. */
export type KnownCode =
  | 'account_not_found'
  | 'already_decided'
  | 'audit_unavailable'
  | 'behind'
  | 'decision_not_found'
  | 'event_id_reused'
  | 'event_rejected'
  | 'forbidden'
  | 'generation_conflict'
  | 'generation_not_found'
  | 'index_unavailable'
  | 'log_failed'
  | 'media_type_unsupported'
  | 'not_acceptable'
  | 'nothing_to_accept'
  | 'overloaded'
  | 'past_lost'
  | 'redrive_impossible'
  | 'rejected_not_found'
  | 'request_invalid'
  | 'request_malformed'
  | 'request_too_large'
  | 'route_not_found'
  | 'snapshot_mismatch'
  | 'snapshot_not_found'
  | 'snapshot_unreplayable'
  | 'stale'
  | 'state_unavailable'
  | 'stopping'
  | 'token_in_future'
  | 'token_malformed'
  | 'token_of_another_log'
  | 'unauthenticated'
  | 'unreachable';

/** What each operation is given and gives. */
export interface Operations {
  /** Make a context snapshot of an account */
  readonly snapshotContext: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: ContextRequest;
    readonly reply: Snapshot;
  };
  /** Retrieve what bears on a question */
  readonly search: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: SearchRequest;
    readonly reply: Snapshot;
  };
  /** List the prompts */
  readonly listPrompts: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: Prompts;
  };
  /** Read a released snapshot again */
  readonly getSnapshot: {
    readonly path: {
      /** The id of a released snapshot */
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: Snapshot;
  };
  /** Replay a released snapshot */
  readonly replaySnapshot: {
    readonly path: {
      /** The id of a released snapshot */
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: {
      /** content: every item at its stamped position, and the released bytes. full: also the state as of the stamped positions, and the whole request answered again as of its own instant. */
      readonly depth?: 'content' | 'full' | undefined;
    } | undefined;
    readonly reply: Verdict;
  };
  /** Tell what has changed since a snapshot */
  readonly diffSnapshot: {
    readonly path: {
      /** The id of a released snapshot */
      readonly id: string;
    };
    readonly query: {
      /** Tokens the answer must cover; it waits for them up to deadlineMs. */
      readonly token?: readonly string[] | undefined;
      readonly deadlineMs?: number | undefined;
    };
    readonly body: undefined;
    readonly reply: Diff;
  };
  /** Tell whether a snapshot still holds */
  readonly snapshotValidity: {
    readonly path: {
      /** The id of a released snapshot */
      readonly id: string;
    };
    readonly query: {
      /** Tokens the answer must cover; it waits for them up to deadlineMs. */
      readonly token?: readonly string[] | undefined;
      readonly deadlineMs?: number | undefined;
    };
    readonly body: undefined;
    readonly reply: Validity;
  };
  /** Watch accounts and snapshots */
  readonly watchChanges: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: {
      readonly account?: readonly string[] | undefined;
      readonly snapshot?: readonly string[] | undefined;
      /** Tokens the answer must cover; it waits for them up to deadlineMs. */
      readonly token?: readonly string[] | undefined;
    };
    readonly body: undefined;
    readonly reply: string;
  };
  /** Append one event or a batch */
  readonly appendEvents: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: CloudEvent | readonly CloudEvent[];
    readonly reply: {
      readonly events: readonly {
        readonly status: 'appended' | 'duplicate';
        readonly position: Position;
      }[];
      readonly token: string;
    };
  };
  /** Claim a tool call before acting */
  readonly claimToolCall: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: ClaimRequest;
    readonly reply: Claim;
  };
  /** Read how far every partition is */
  readonly positions: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: Positions;
  };
  /** Accept what has happened to a partition */
  readonly acceptTrouble: {
    readonly path: {
      readonly topic: string;
      readonly partition: number;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: {
      readonly kind: 'gap' | 'truncated' | 'recreated' | 'new_partition';
      /** The facts of the trouble as GET /v1/positions showed them: where they have changed since, nothing is accepted. Without them the trouble of this kind is accepted as it is now. */
      readonly facts?: {
        readonly [member: string]: string;
      } | undefined;
    };
    readonly reply: Accepted;
  };
  /** Merge tokens into one */
  readonly mergeTokens: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: MergeRequest;
    readonly reply: MergedToken;
  };
  /** Read the state of an account */
  readonly getAccount: {
    readonly path: {
      readonly id: string;
    };
    readonly query: {
      /** Tokens the answer must cover; it waits for them up to deadlineMs. */
      readonly token?: readonly string[] | undefined;
      readonly deadlineMs?: number | undefined;
      /** A token: the answer as of the positions it names, from records no later than them. A partition that it does not name means nothing of it; the token of a reply names all that the reply was read from. The evaluation instant is the moment the log took the last of the records at those positions. The label is never fresh, with the reason `as_of`. */
      readonly asOf?: string | undefined;
    };
    readonly body: undefined;
    readonly reply: AccountState;
  };
  /** Read how the state of an account came about */
  readonly accountHistory: {
    readonly path: {
      readonly id: string;
    };
    readonly query: {
      /** Tokens the answer must cover; it waits for them up to deadlineMs. */
      readonly token?: readonly string[] | undefined;
      readonly deadlineMs?: number | undefined;
      /** `nextAfter` of the page before */
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly body: undefined;
    readonly reply: History;
  };
  /** Trace a decision from the records of the log */
  readonly traceDecision: {
    readonly path: {
      /** The subject of its events */
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: DecisionTrace;
  };
  /** List rejected events */
  readonly listRejected: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: {
      readonly status?: 'open' | 'redriven' | 'discarded' | undefined;
      /** `nextAfter` of the page before */
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly body: undefined;
    readonly reply: RejectedPage;
  };
  /** Explain a rejected event */
  readonly explainRejected: {
    readonly path: {
      /** topic:partition:offset of the record */
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: RejectedExplained;
  };
  /** Redrive a rejected event */
  readonly redriveRejected: {
    readonly path: {
      /** topic:partition:offset of the record */
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: RedriveRequest | undefined;
    readonly reply: Redrive;
  };
  /** Discard a rejected event */
  readonly discardRejected: {
    readonly path: {
      /** topic:partition:offset of the record */
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: Readonly<Record<string, never>> | undefined;
    readonly reply: Discard;
  };
  /** Hold state and index against the journal */
  readonly reconcile: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: Reconciled;
  };
  /** List the index generations that are open */
  readonly listGenerations: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: Generations;
  };
  /** Start a generation beside the live one */
  readonly startGeneration: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: {
      readonly method: string;
      /** How its model is read, which is put on record. What is left out is as the service is configured */
      readonly model?: {
        /** The number format of its graph */
        readonly dtype?: 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16' | 'bnb4' | undefined;
        /** How its tokens become one vector */
        readonly pooling?: 'mean' | 'cls' | 'none' | undefined;
        /** What it wants before each question */
        readonly questionPrefix?: string | undefined;
        /** What it wants before each passage */
        readonly passagePrefix?: string | undefined;
      } | undefined;
      readonly reason?: string | undefined;
    };
    readonly reply: Generations;
  };
  /** Make a generation the live one */
  readonly promoteGeneration: {
    readonly path: {
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: Readonly<Record<string, never>> | undefined;
    readonly reply: Generations;
  };
  /** Go back to the generation that was live before */
  readonly rollBackGeneration: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: Readonly<Record<string, never>> | undefined;
    readonly reply: Generations;
  };
  /** Drop a generation that is not live */
  readonly dropGeneration: {
    readonly path: {
      readonly id: string;
    };
    readonly query: Readonly<Record<string, never>>;
    readonly body: Readonly<Record<string, never>> | undefined;
    readonly reply: Generations;
  };
  /** Tell that the process runs */
  readonly live: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: {
      readonly status: 'live';
    };
  };
  /** Tell whether answers can be had */
  readonly ready: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: Readiness;
  };
  /** Read the service's numbers */
  readonly metrics: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: string;
  };
  /** Read this description */
  readonly openApi: {
    readonly path: Readonly<Record<string, never>>;
    readonly query: Readonly<Record<string, never>>;
    readonly body: undefined;
    readonly reply: {
      readonly openapi: string;
      readonly [member: string]: unknown;
    };
  };
}

/** Where each operation is found. */
export const operations = {
  snapshotContext: { method: 'POST', path: '/v1/context' },
  search: { method: 'POST', path: '/v1/search' },
  listPrompts: { method: 'GET', path: '/v1/prompts' },
  getSnapshot: { method: 'GET', path: '/v1/snapshots/{id}' },
  replaySnapshot: { method: 'POST', path: '/v1/snapshots/{id}/replay' },
  diffSnapshot: { method: 'GET', path: '/v1/snapshots/{id}/diff' },
  snapshotValidity: { method: 'GET', path: '/v1/snapshots/{id}/validity' },
  watchChanges: { method: 'GET', path: '/v1/changes' },
  appendEvents: { method: 'POST', path: '/v1/events' },
  claimToolCall: { method: 'POST', path: '/v1/claims' },
  positions: { method: 'GET', path: '/v1/positions' },
  acceptTrouble: { method: 'POST', path: '/v1/positions/{topic}/{partition}/accept' },
  mergeTokens: { method: 'POST', path: '/v1/tokens/merge' },
  getAccount: { method: 'GET', path: '/v1/accounts/{id}' },
  accountHistory: { method: 'GET', path: '/v1/accounts/{id}/history' },
  traceDecision: { method: 'GET', path: '/v1/decisions/{id}/trace' },
  listRejected: { method: 'GET', path: '/v1/rejected' },
  explainRejected: { method: 'GET', path: '/v1/rejected/{id}' },
  redriveRejected: { method: 'POST', path: '/v1/rejected/{id}/redrive' },
  discardRejected: { method: 'POST', path: '/v1/rejected/{id}/discard' },
  reconcile: { method: 'POST', path: '/v1/reconcile' },
  listGenerations: { method: 'GET', path: '/v1/generations' },
  startGeneration: { method: 'POST', path: '/v1/generations' },
  promoteGeneration: { method: 'POST', path: '/v1/generations/{id}/promote' },
  rollBackGeneration: { method: 'POST', path: '/v1/generations/rollback' },
  dropGeneration: { method: 'POST', path: '/v1/generations/{id}/drop' },
  live: { method: 'GET', path: '/livez' },
  ready: { method: 'GET', path: '/readyz' },
  metrics: { method: 'GET', path: '/metrics' },
  openApi: { method: 'GET', path: '/openapi.json' },
} as const satisfies Readonly<Record<keyof Operations, { readonly method: string; readonly path: string }>>;
