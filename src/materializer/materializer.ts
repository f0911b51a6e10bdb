/**
 * The materializer: from the log to the state store, slice by slice. The loop is thin: pure leaves fold, one write makes a slice
 * visible, and only the contiguous prefix is ever reported as applied.
 */
import type { Clock } from '../domain/clock.js';
import { type Entity, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { type PartitionKey, partitionKey, positionText } from '../domain/position.js';
import { understand } from '../domain/step.js';
import { unreachable } from '../errors.js';
import type { Journal } from '../journal/journal.js';
import type { EventLog, LogBatch, LogRecord } from '../log/port.js';
import type { RejectedEvents } from '../log/rejected-port.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { EntityChange, OutcomeCounts, StateStore } from '../state/port.js';
import { Gate } from './gate.js';
import { countsMoved, entityAfter, marksAfter, refold } from './redrive.js';
import { type MaterializerReport, reportsNothing } from './report.js';
import { foldSlice, keysOf, type PlacedStep } from './slice.js';
import { next, type PartitionEvent, type PartitionState } from './transitions.js';

export interface MaterializerParts {
  readonly log: EventLog;
  readonly state: StateStore;
  readonly journal: Journal;
  readonly rejected: RejectedEvents;
  readonly topics: TopicMap;
  readonly clock: Clock;
  readonly report?: MaterializerReport;
}

const noCounts: OutcomeCounts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
// A failed write is tried again after this: long enough not to spin, short enough that a passing fault costs little freshness.
const RETRY_MS = 200;

export class Materializer {
  readonly #parts: MaterializerParts;
  readonly #report: MaterializerReport;
  readonly #states = new Map<PartitionKey, PartitionState>();
  readonly #gate = new Gate();

  constructor(parts: MaterializerParts) {
    this.#parts = parts;
    this.#report = parts.report ?? reportsNothing;
  }

  /** Where each partition is in its life. A partition without records yet is absent. */
  get states(): ReadonlyMap<PartitionKey, PartitionState> {
    return this.#states;
  }

  /** Stops applying after the slice in flight, for tests and operators. */
  hold(): void {
    this.#gate.close();
    for (const partition of this.#states.keys()) this.#move(partition, 'hold_requested');
  }

  release(): void {
    for (const partition of this.#states.keys()) this.#move(partition, 'released');
    this.#gate.open();
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, topics, state } = this.#parts;
    const names = [...topics.sources.map(({ name }) => name), topics.rejected];
    const from = new Map([...(await state.through())].map(([partition, through]) => [partition, through + 1n]));
    for await (const batch of log.subscribe(names, from, signal)) {
      await this.#gate.opened(signal);
      if (signal.aborted) break;
      await this.#applyUntilWritten(batch, signal);
    }
    for (const partition of this.#states.keys()) this.#move(partition, 'stop_requested');
  }

  async #applyUntilWritten(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const partition = partitionKey(batch.topic, batch.partition);
    this.#move(partition, 'records_arrived');
    for (;;) {
      try {
        await this.#apply(batch, partition);
        this.#move(partition, 'write_succeeded');
        break;
      } catch (error) {
        this.#move(partition, 'write_failed');
        this.#report.writeFailed(partition, error);
        await this.#parts.clock.sleep(RETRY_MS, signal);
        if (signal.aborted) return;
      }
    }
    const ends = await this.#parts.log.ends();
    if (batch.nextOffset >= (ends.get(partition) ?? 0n)) this.#move(partition, 'end_reached');
  }

  #move(partition: PartitionKey, event: PartitionEvent): void {
    this.#states.set(partition, next(this.#states.get(partition) ?? 'catching_up', event));
  }

  async #apply(batch: LogBatch, partition: PartitionKey): Promise<void> {
    const through = batch.nextOffset - 1n;
    if (batch.topic === this.#parts.topics.rejected) return this.#applyDecisions(batch.records, partition, through);
    const rules = sourceTopic(this.#parts.topics, batch.topic);
    if (rules === undefined) throw new Error(`the log delivered a topic that was not asked for: ${batch.topic}`);
    const steps = batch.records.map((record) => {
      const decision = this.#parts.rejected.decisionOn(positionText(record.position));
      return { record, understood: understand(record, rules, decision) };
    });
    await this.#foldAndWrite(steps, partition, through);
    this.#report.applied(partition, batch.records.length);
  }

  async #foldAndWrite(steps: readonly PlacedStep[], partition: PartitionKey, through: bigint): Promise<void> {
    const { state, rejected, journal } = this.#parts;
    for (;;) {
      const slice = foldSlice(partition, through, steps, await this.#stored(steps));
      // The letters are durable and the journal knows the records before the state shows what came of them.
      await rejected.append(slice.letters);
      for (const { key, record, accounts } of slice.notes) journal.index.note(key, record.position, accounts);
      const result = await state.write(slice.write);
      switch (result.kind) {
        case 'written':
          return;
        case 'conflict':
          this.#report.conflicted(partition, result.keys.length);
          break;
        default:
          unreachable(result);
      }
    }
  }

  async #stored(steps: readonly PlacedStep[]): Promise<ReadonlyMap<EntityKeyText, Entity>> {
    const keys = keysOf(steps);
    const found = await this.#parts.state.entities(keys);
    const stored = new Map<EntityKeyText, Entity>();
    for (const [index, key] of keys.entries()) {
      const entity = found[index];
      if (entity !== undefined) stored.set(entityKeyText(key), entity);
    }
    return stored;
  }

  async #applyDecisions(records: readonly LogRecord[], partition: PartitionKey, through: bigint): Promise<void> {
    for (const record of records) await this.#applyDecision(record);
    const counts = { ...noCounts, applied: records.length };
    await this.#parts.state.write({ partition, through, changes: [], counts, replaced: [], decided: [], block: [] });
    this.#report.applied(partition, records.length);
  }

  /** Refolds the key a decision is about. Decisions known at start are already in effect and change nothing here. */
  async #applyDecision(record: LogRecord): Promise<void> {
    const { rejected, journal, topics, state } = this.#parts;
    const decisionsBefore = new Map([...rejected.list(null)].map((event) => [event.id, event.decision ?? undefined]));
    const id = rejected.adopt(record);
    const event = id === undefined ? undefined : rejected.find(id);
    const decision = event?.decision;
    if (event === undefined || decision === undefined || decision === null) return;
    const before = (other: string) => decisionsBefore.get(other);
    const result = await refold(journal, topics, event, { before, decision });
    if (result.kind !== 'refolded') return this.#report.decisionIgnored(event.id, result.kind);
    const { refold: done } = result;
    const [current] = done.key === null ? [] : await state.entities([done.key]);
    const changes = refoldedChange(entityAfter(done.after), current);
    const known = (await state.progress()).get(done.partition)?.through ?? -1n;
    const counts = countsMoved(done);
    const replaced = done.key === null ? [] : [done.key];
    const block = marksAfter(done);
    await state.write({
      partition: done.partition,
      through: known,
      changes,
      counts,
      replaced,
      decided: [event.id],
      block,
    });
  }
}

/** The index takes only higher revisions, and a refold may have fewer steps than the life it corrects. */
function refoldedChange(entity: Entity | undefined, current: Entity | undefined): readonly EntityChange[] {
  if (entity === undefined) return [];
  const revision = (current?.revision ?? 0) + 1;
  return [{ entity: { ...entity, revision }, expected: current?.watermark ?? null }];
}
