/**
 * The whole service on one screen, in the order of the flow:
 *
 *     intake ─► log ─► materializer ─► state ─► indexer ─► index
 *     question ─► witness ─► assembly (state, retriever) ─► manifest ─► audit ─► reply
 *     audit record ─► replay (journal) ─► verdict
 *     claim ─► intake ─► log ─► ledger ─► who acts
 *     state, index of the journal ─► checkpoint ─► start; as a base: retention ─► log
 */
import { openAudit } from './audit/open.js';
import type { AuditLog, AuditReport } from './audit/port.js';
import type { AuditSpool } from './audit/spool.js';
import { acceptingStarts } from './checkpoint/accepting.js';
import { historyLost } from './checkpoint/choose.js';
import { type CheckpointKeeping, keepCheckpoints, type RetentionSettings } from './checkpoint/keeping.js';
import { LateCopies, type LateMemory } from './checkpoint/late-copies.js';
import type { CheckpointReport } from './checkpoint/report.js';
import { type Checkpointing, resume, type StartSummary } from './checkpoint/resume.js';
import type { Clock } from './domain/clock.js';
import { type PositionVector, partitionKey } from './domain/position.js';
import type { LogIdentity } from './domain/token.js';
import type { GenerationEngines } from './generations/generations.js';
import { type OpenedGenerations, openGenerations } from './generations/open.js';
import type { GenerationOperations } from './generations/operating.js';
import { Intake } from './interaction/intake.js';
import { InteractionLedger } from './interaction/ledger.js';
import { Journal } from './journal/journal.js';
import type { DecisionLookup } from './journal/rebuild.js';
import type { EventLog, RecordReader } from './log/port.js';
import { RejectedLog } from './log/rejected-log.js';
import type { RejectedEvents } from './log/rejected-port.js';
import { type TopicMap, unappliedTopics } from './log/topics.js';
import type { AcceptingLog } from './log/trouble.js';
import { Committer } from './materializer/committer.js';
import { Indexer, type IndexerParts } from './materializer/indexer.js';
import { Materializer } from './materializer/materializer.js';
import type { Ownership } from './materializer/ownership.js';
import { Pressure } from './materializer/pressure.js';
import { type MaterializerReport, reportsNothing } from './materializer/report.js';
import { noPrompts, type PromptSet } from './prompts/prompt-set.js';
import type { IndexHoldings } from './reconcile/holdings.js';
import type { Reconciler } from './reconcile/reconciler.js';
import { askingOnLoss, fillNewIndex, reconcilerOf } from './reconcile/wiring.js';
import type { FullReplayParts } from './replay/full.js';
import { openPast } from './replay/past.js';
import type { ValidityParts } from './replay/validity.js';
import type { RetrievalMethod } from './retrieval/method.js';
import type { RetrievalIndex } from './retrieval/port.js';
import { VectorCache } from './retrieval/vector-cache.js';
import type { Past } from './snapshot/as-of.js';
import type { RankingParts } from './snapshot/ranking-retriever.js';
import { reportsNoSnapshot, type SnapshotReport } from './snapshot/report.js';
import { SnapshotService } from './snapshot/service.js';
import { Witness } from './snapshot/witness.js';
import type { StateStore } from './state/port.js';

/** What a deployment chooses. */
export interface Engines {
  readonly log: EventLog & RecordReader;
  readonly state: StateStore;
  readonly index: RetrievalIndex;
  /** What is found, and in which order. The index is a generation of it. */
  readonly method: RetrievalMethod;
  /** Absent: there is no generation of the index but that of `method`. */
  readonly generations?: GenerationEngines;
  readonly clock: Clock;
  readonly topics: TopicMap;
  /** `best-effort` releases a snapshot whose record could not be written, and says so with `audit: null`. */
  readonly audit: 'required' | 'best-effort';
  /** Absent: the state is durable by itself, or folded from the log's first record at every start. */
  readonly checkpointing?: Checkpointing;
  /** What this instance applies of a state that outlives it. Absent: the state is this process's own. */
  readonly ownership?: Ownership;
  /** Of a state that several share: which partitions this copy begins too late of. Absent: forgotten with the process. */
  readonly lateMemory?: LateMemory;
  /** Absent: the index tells nothing of itself, or begins empty with its process. */
  readonly holdings?: IndexHoldings;
  /** The log is a copy of one that others own: it need not begin with the first record. */
  readonly isCopy?: boolean;
  /** Absent: every record is kept. It takes checkpoints, on which the past that has expired rests. */
  readonly retention?: RetentionSettings;
  /** Absent: nothing can happen to the log that somebody would have to accept. */
  readonly accepting?: AcceptingLog;
  /** Absent: the journal lies on this machine alone. */
  readonly shipping?: () => ShippingReading;
  /** Absent: an audit record is in its topic before the reply. With it, on this machine's disk, and in the topic soon after. */
  readonly auditSpool?: AuditSpool;
  readonly auditReport?: AuditReport;
  /** Absent: snapshots are released without messages. */
  readonly prompts?: PromptSet;
  readonly report?: MaterializerReport;
  readonly snapshotReport?: SnapshotReport;
  readonly checkpointReport?: CheckpointReport;
}

/** How the journal's way to its archive is. */
export interface ShippingReading {
  /** `shipping`, `unreachable` and the like. */
  readonly state: string;
  readonly segmentsWaiting: number;
}

export interface Service {
  readonly engines: Engines;
  readonly identity: LogIdentity;
  readonly intake: Intake;
  readonly ledger: InteractionLedger;
  readonly journal: Journal;
  readonly rejected: RejectedEvents;
  readonly materializer: Materializer;
  readonly indexer: Indexer;
  readonly witness: Witness;
  readonly audit: AuditLog;
  readonly snapshots: SnapshotService;
  readonly replay: ValidityParts & FullReplayParts;
  /** Null where the state is this process's own. */
  readonly reconciler: Reconciler | null;
  readonly generations: GenerationOperations;
  /** Where the start began, and what was noticed about it. */
  readonly start: StartSummary;
  /** Null without checkpoints. */
  readonly keeping: CheckpointKeeping | null;
  /** Runs until `signal` aborts; the first catch-up happens inside. */
  run(signal: AbortSignal): Promise<void>;
}

export async function openService(engines: Engines): Promise<Service> {
  const { log, state, clock, topics, prompts = noPrompts } = engines;
  const report = engines.report ?? reportsNothing;
  const identity = identityOf(log, topics);
  const resumed = await resume(engines);
  const rejected = await RejectedLog.open(log, topics.rejected, clock, resumed.rejected);
  const journal = new Journal(resumed.index, log, topics, resumed.base);
  const ledger = await InteractionLedger.open({ log, topics, clock, onFailure: (error) => report.followFailed(error) });
  await fillNewIndex(engines, engines);
  const reconciler = reconcilerOf(engines, { journal, rejected, topics, state, clock, report });
  const telling = askingOnLoss(report, reconciler);
  const applying = { log, state, journal, rejected, topics, clock, report: telling };
  const pressed = { report, pressure: new Pressure() };
  const materializer = new Materializer({ ...applying, ...sharingOf(engines), pressure: pressed.pressure });
  const committer = new Committer({ log, state, clock, report, isCommitting: () => isFirst(engines) });
  const ranking = rankingOf(engines, report);
  const indexer = indexerOf(engines, ranking.vectors, pressed);

  const witness = new Witness(log, () => state.through(), clock);
  const { generations, operations } = await generationsOf(engines, { ranking, journal, witness, report });
  const { audit, ...auditing } = await openAudit(engines, topics.context, resumed.recorded);
  const intake = new Intake({ log, state, topics, identity, references: { audit, clock } });
  const decisionOn: DecisionLookup = (id) => rejected.decisionOn(id);
  const past: Past = { journal, open: (subject, through) => openPast({ journal, decisionOn }, subject, through) };
  const snapshots = new SnapshotService({
    report: engines.snapshotReport ?? reportsNoSnapshot,
    past,
    state,
    retrieval: (of) => generations.current(of),
    released: (answer) => generations.comparer.released(answer),
    witness,
    audit,
    auditing: engines.audit,
    clock,
    identity,
    topics,
  });

  const replaying = { journal, decisionOn, identity, snapshots, state, clock, prompts, generations };
  const replay = { ...replaying, retriever: generations.configured.past };
  const captured = { index: journal.index, rejected, recorded: audit.recorded };
  const keeping = keepCheckpoints(engines, resumed, captured);
  const run = async (signal: AbortSignal) => {
    const optional = [keeping, reconciler].filter((part) => part !== null);
    const parts = [materializer, committer, indexer, witness, auditing, ledger, generations, ...optional];
    await Promise.all(parts.map((part) => part.run(signal)));
    await keeping?.finish();
  };
  const accepting = engines.accepting && acceptingStarts(engines.accepting, engines);
  return {
    engines: accepting === undefined ? engines : { ...engines, accepting },
    identity,
    intake,
    ledger,
    journal,
    rejected,
    materializer,
    indexer,
    witness,
    audit,
    snapshots,
    replay,
    reconciler,
    generations: operations,
    start: { ...resumed.start, notices: [...resumed.start.notices, ...generations.notices()] },
    keeping,
    run,
  };
}

/** Nothing where the state is this process's own. */
function sharingOf({ log, state, topics, isCopy, ownership, lateMemory }: Engines) {
  if (ownership === undefined) return {};
  const copies = new LateCopies({ log, state, topics, isCopy, memory: lateMemory });
  const missingAt = async (through: PositionVector) => {
    const missing = await copies.missing(through);
    if (missing.some((key) => ownership.owns(key)) && ownership.cannot === undefined) throw historyLost([]);
    return missing;
  };
  return { ownership, missingAt };
}

/** Of several instances the one that applies decisions does what one alone is to do: it indexes, and tells the log how far all are. */
function isFirst({ ownership, topics }: Engines): boolean {
  return ownership?.owns(partitionKey(topics.rejected, 0)) ?? true;
}

/** One of it: what was embedded for the index need not be embedded for an answer. */
function rankingOf({ method, index }: Engines, report: MaterializerReport): RankingParts {
  const vectors = VectorCache.of(method, (error) => report.indexFailed(error));
  return { method, vectors, generation: index.generation };
}

interface Around extends Pick<Service, 'journal' | 'witness'> {
  readonly ranking: RankingParts;
  readonly report: MaterializerReport;
}

function generationsOf(all: Engines, { ranking, journal, witness, report }: Around): Promise<OpenedGenerations> {
  const { log, topics, state, clock, index, generations: engines } = all;
  const { method, vectors } = ranking;
  const tenants = () => journal.index.policyTenants();
  const onFailure = (error: unknown) => report.indexFailed(error);
  return openGenerations({
    log,
    topics,
    state,
    journal,
    witness,
    clock,
    engines,
    configured: { method, vectors, index },
    tenants,
    isFilling: () => isFirst(all),
    onFailure,
  });
}

function indexerOf(
  engines: Engines,
  vectors: VectorCache | null,
  pressed: Pick<IndexerParts, 'report' | 'pressure'>,
): Indexer {
  const { state, index, method, clock } = engines;
  const isIndexing = () => isFirst(engines);
  return new Indexer({ state, index, passages: method.passages, vectors, clock, isIndexing, ...pressed });
}

/** What tokens are checked against. */
export function identityOf(log: EventLog, map: Pick<TopicMap, 'context' | 'model'>): LogIdentity {
  const topics = new Map(log.topics().map((topic) => [topic.name, topic]));
  for (const name of unappliedTopics(map)) topics.delete(name);
  return {
    id: log.id,
    incarnationOf: (topic) => topics.get(topic)?.incarnation.id,
    partitionsOf: (topic) => topics.get(topic)?.partitions ?? 0,
    epochs: log.epochs,
  };
}
