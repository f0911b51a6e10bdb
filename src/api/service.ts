/** What the HTTP API needs of the service. `src/pipeline.ts` builds it; the API knows no engine. */
import type { AuditLog } from '../audit/port.js';
import type { Clock } from '../domain/clock.js';
import type { LogIdentity } from '../domain/token.js';
import type { GenerationOperations } from '../generations/operating.js';
import type { Intake } from '../interaction/intake.js';
import type { InteractionLedger } from '../interaction/ledger.js';
import type { Journal } from '../journal/journal.js';
import type { EventLog } from '../log/port.js';
import type { RejectedEvents } from '../log/rejected-port.js';
import type { TopicMap } from '../log/topics.js';
import type { AcceptingLog } from '../log/trouble.js';
import type { Materializer } from '../materializer/materializer.js';
import type { Reconciler } from '../reconcile/reconciler.js';
import type { FullReplayParts } from '../replay/full.js';
import type { ValidityParts } from '../replay/validity.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import type { SnapshotService } from '../snapshot/service.js';
import type { Witness } from '../snapshot/witness.js';
import type { StateStore } from '../state/port.js';

export interface ApiService {
  readonly engines: {
    readonly log: EventLog;
    readonly state: StateStore;
    readonly clock: Clock;
    readonly topics: TopicMap;
    /** Absent: nothing can happen to the log that somebody would have to accept. */
    readonly accepting?: AcceptingLog;
    readonly index: Pick<RetrievalIndex, 'facts'>;
    /** Absent: vectors are kept nowhere. */
    readonly method?: { readonly record?: { readonly held: Readonly<Record<string, number>> } };
    /** Absent: a record is in the audit topic before the reply. */
    readonly auditSpool?: object;
    /** Absent: the journal lies on this machine alone. */
    readonly shipping?: () => { readonly state: string; readonly segmentsWaiting: number };
  };
  readonly identity: LogIdentity;
  readonly intake: Intake;
  readonly ledger: InteractionLedger;
  readonly journal: Journal;
  readonly rejected: RejectedEvents;
  /** Null where the state is this process's own. */
  readonly reconciler: Pick<Reconciler, 'last' | 'begin'> | null;
  readonly generations: Pick<GenerationOperations, 'status' | 'trouble' | 'start' | 'promote' | 'rollBack' | 'drop'>;
  readonly materializer: Pick<Materializer, 'states' | 'backpressure' | 'tally'>;
  readonly witness: Witness;
  readonly audit: AuditLog;
  readonly snapshots: SnapshotService;
  readonly replay: ValidityParts & FullReplayParts;
}
