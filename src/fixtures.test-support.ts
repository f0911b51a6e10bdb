/** What tests of the flow are written with: events, a clock that is driven, and a service in memory. */
import { MemoryLog } from '../connectors/memory/log.js';
import { MemoryState } from '../connectors/memory/state.js';
import { LogAudit } from './audit/log-audit.js';
import { canonicalJson, digestOf, type JsonObject } from './domain/canonical.js';
import type { Clock } from './domain/clock.js';
import type { EntityKey } from './domain/entity.js';
import type { EntityEvent } from './domain/event.js';
import { type Kind, kindNames } from './domain/kinds/index.js';
import { parseCloudEvent } from './domain/parse.js';
import { covers, type Position } from './domain/position.js';
import { recordKey } from './domain/record-key.js';
import { Intake } from './interaction/intake.js';
import { InteractionLedger } from './interaction/ledger.js';
import { Journal } from './journal/journal.js';
import { JournalIndex } from './journal/journal-index.js';
import type { EventLog, NewRecord, RecordReader } from './log/port.js';
import { RejectedLog } from './log/rejected-log.js';
import { defaultTopics, type TopicMap, topicAbout, topicsToOpen, unappliedTopics } from './log/topics.js';
import { Materializer } from './materializer/materializer.js';
import type { MaterializerReport } from './materializer/report.js';
import { identityOf } from './pipeline.js';
import { noPrompts, type PromptSet } from './prompts/prompt-set.js';
import { openPast } from './replay/past.js';
import type { Past } from './snapshot/as-of.js';
import { reportsNoSnapshot } from './snapshot/report.js';
import type { ContextRequest } from './snapshot/request.js';
import type { Retriever } from './snapshot/retriever.js';
import { SnapshotService } from './snapshot/service.js';
import { Witness } from './snapshot/witness.js';
import type { StateStore } from './state/port.js';

export const tenant = 'acme';
const encoder = new TextEncoder();

/** Time stands still until `advance`; with `rushing`, a sleep takes its time from the clock and none from the test. */
export class DrivenClock implements Clock {
  #ms = Date.UTC(2026, 2, 1);
  readonly #sleepers = new Set<{ readonly dueMs: number; wake(): void }>();
  readonly #rushing: boolean;

  constructor(pace: 'standing' | 'rushing' = 'standing') {
    this.#rushing = pace === 'rushing';
  }

  wallMs(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  advance(ms: number): void {
    this.#ms += ms;
    for (const sleeper of this.#sleepers) if (sleeper.dueMs <= this.#ms) sleeper.wake();
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    if (this.#rushing) return this.advance(ms);
    await new Promise<void>((resolve) => {
      const sleeper = {
        dueMs: this.#ms + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }
}

/** A CloudEvent about an entity; what a test does not say has a plain default. */
export function cloudEvent(kind: Kind, id: string, data: JsonObject | null, more: JsonObject = {}): JsonObject {
  const named = { id: eventId(kind, id, data, more), source: 'test', specversion: '1.0', type: `${kind}.updated` };
  return { ...named, tenant, subject: id, ...(data === null ? {} : { data: { id, ...data } }), ...more };
}

/** The same event has the same id, another event another. */
function eventId(...parts: readonly (string | JsonObject | null)[]): string {
  return digestOf(canonicalJson(parts)).slice(7, 23);
}

export function account(id: string, data: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return cloudEvent('account', id, { name: id, plan: 'pro', region: 'eu', ...data }, more);
}

export function ticket(id: string, data: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return cloudEvent('ticket', id, { accountId: 'A-1', subject: 'broken', status: 'open', ...data }, more);
}

export function entitlement(id: string, data: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return cloudEvent('entitlement', id, { accountId: 'A-1', product: 'chat', ...data }, more);
}

export function policy(id: string, data: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const full = { policyId: 'refunds', version: '1', title: 'Refunds', body: 'Within 30 days.', ...data };
  return cloudEvent('policy', id, full, more);
}

export function patch(kind: Kind, id: string, data: JsonObject, more: JsonObject = {}): JsonObject {
  return { ...cloudEvent(kind, id, null, { id: eventId(kind, id, data, more), op: 'patch', ...more }), data };
}

export function remove(kind: Kind, id: string, more: JsonObject = {}): JsonObject {
  return cloudEvent(kind, id, null, { op: 'delete', ...more });
}

/** The event as the fold gets it. */
export function understood(body: JsonObject): EntityEvent {
  const parsed = parseCloudEvent(body, { about: null, tenant: null }, digestOf(canonicalJson(body)));
  if (parsed.kind !== 'event' || parsed.event.about !== 'entity') throw new Error(`no entity event: ${body.id}`);
  return parsed.event;
}

export function position(offset: bigint | number, more: Partial<Position> = {}): Position {
  const incarnation = { id: 'i-1', ordinal: 1 };
  return { topic: 'support.tickets', incarnation, partition: 0, leaderEpoch: 0, offset: BigInt(offset), ...more };
}

/** One partition per topic: a record's offset is the number of records before it. */
export const topics: TopicMap = {
  ...defaultTopics,
  sources: defaultTopics.sources.map((topic) => ({ ...topic, partitions: 1 })),
};

export function keyOf(kind: Kind, id: string): EntityKey {
  return { tenant, kind, id };
}

/** The record of an event on the topic of `kind`; text goes in as it is, and null is a tombstone. */
export function recordOf(kind: Kind, id: string, value: JsonObject | string | null): NewRecord {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return {
    topic: topicAbout(topics, kind).name,
    key: recordKey(tenant, id),
    headers: [],
    value: value === null ? null : encoder.encode(text),
  };
}

export function newLog(clock: Clock): MemoryLog {
  return new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => clock.wallMs() });
}

/** Retrieves nothing: what is tested here is found by key. */
export const noRetriever: Retriever = {
  identity: { generation: 'none', embedder: null, ranking: 'none' },
  retrieve: async () => ({ found: [], beyond: [], retrieval: null }),
  withoutIndex: () => noRetriever,
};

export interface WorldOptions {
  readonly log?: EventLog & RecordReader;
  readonly state?: StateStore;
  readonly clock?: DrivenClock;
  readonly report?: MaterializerReport;
  readonly promptSet?: PromptSet;
}

/** A service in memory whose parts a test can hold, look into and open again over the same log. */
export class World {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  private constructor(
    readonly log: EventLog & RecordReader,
    readonly state: StateStore,
    readonly clock: DrivenClock,
    readonly parts: Awaited<ReturnType<typeof partsOf>>,
  ) {}

  static async open(options: WorldOptions = {}): Promise<World> {
    const clock = options.clock ?? new DrivenClock('rushing');
    const log = options.log ?? newLog(clock);
    const state = options.state ?? new MemoryState();
    const world = new World(log, state, clock, await partsOf(log, state, clock, options));
    const { materializer, ledger } = world.parts;
    const running = [materializer.run(world.#stop.signal), ledger.run(world.#stop.signal)];
    world.#running = Promise.all(running).then(() => undefined);
    return world;
  }

  /** Appends entity events through the entrance and waits until they are applied. */
  async put(...bodies: readonly JsonObject[]): Promise<readonly Position[]> {
    const reply = await this.parts.intake.append(tenant, bodies);
    await this.settle();
    return reply.events.map((event) => event.position);
  }

  /** Appends records past the entrance, as another producer would, and waits until they are applied. */
  async produce(...records: readonly NewRecord[]): Promise<readonly Position[]> {
    const positions = await this.log.append(records);
    await this.settle();
    return positions;
  }

  /** Waits until everything in the log is applied, the materializer's own letters included. */
  async settle(): Promise<void> {
    for (;;) {
      const moved = new Promise<void>((resolve) => {
        const stop = this.state.watch(() => {
          stop();
          resolve();
        });
      });
      const ends = [...(await this.log.ends())].filter(
        ([key, end]) => end > 0n && !unappliedTopics(topics).some((name) => key.startsWith(name)),
      );
      if (covers(await this.state.through(), new Map(ends.map(([key, end]) => [key, end - 1n])))) return;
      await moved;
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** The same log, everything else made anew. */
  async reopen(): Promise<World> {
    await this.stop();
    const world = await World.open({ log: this.log, clock: this.clock });
    await world.settle();
    return world;
  }
}

async function partsOf(
  log: EventLog & RecordReader,
  state: StateStore,
  clock: Clock,
  { report: materializerReport, promptSet: prompts = noPrompts }: WorldOptions,
) {
  const identity = identityOf(log, defaultTopics);
  const rejected = await RejectedLog.open(log, topics.rejected, clock);
  const journal = new Journal(new JournalIndex(), log, topics);
  const reporting = materializerReport === undefined ? {} : { report: materializerReport };
  const materializer = new Materializer({ log, state, journal, rejected, topics, clock, ...reporting });
  const witness = new Witness(log, () => state.through(), clock);
  const audit = await LogAudit.open(log, topics.context);
  const common = { state, clock, identity, topics };
  const decisionOn = (id: string) => rejected.decisionOn(id);
  const past: Past = {
    open: (subject, through) => openPast({ journal, decisionOn }, subject, through),
    journal,
  };
  const report = reportsNoSnapshot;
  const snapshots = new SnapshotService({
    ...common,
    retrieval: () => ({ live: noRetriever, past: noRetriever }),
    past,
    report,
    witness,
    audit,
    auditing: 'required',
  });
  const intake = new Intake({ ...common, log, references: { audit, clock } });
  const ledger = await InteractionLedger.open({ log, topics, clock });
  const replay = {
    retriever: noRetriever,
    ...common,
    journal,
    snapshots,
    decisionOn,
    prompts,
  };
  return { identity, rejected, journal, materializer, witness, audit, past, report, snapshots, intake, ledger, replay };
}

export function contextRequest(more: Partial<ContextRequest> = {}): ContextRequest {
  return {
    mode: 'context',
    tenant,
    account: 'A-1',
    question: null,
    purpose: 'support',
    kinds: [...kindNames].sort(),
    tokenBudget: 8_000,
    limits: { policies: 10, tickets: 5 },
    consistency: {
      level: 'fastest',
      atLeast: new Map(),
      maxStalenessMs: 5_000,
      deadlineMs: 2_000,
      onViolation: 'wait',
    },
    asOf: null,
    ...more,
  };
}

export const caller = { subject: 'key-1', scopes: ['read'], requestId: 'r-1', traceparent: null };
