/**
 * The materializer: from the log to the state store, slice by slice. The loop is thin: pure leaves fold, one write makes a slice
 * visible, and only the contiguous prefix is ever reported as applied. What operators decided is carried out in `decisions.ts`.
 */
import type { Clock } from '../domain/clock.js';
import { type Entity, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { type PartitionKey, type PositionVector, partitionKey, positionText } from '../domain/position.js';
import { understand } from '../domain/step.js';
import type { Journal } from '../journal/journal.js';
import type { EventLog, LogBatch, LogRecord } from '../log/port.js';
import type { RejectedEvents } from '../log/rejected-port.js';
import { sourceTopic, type TopicMap } from '../log/topics.js';
import type { StateStore, WriteResult } from '../state/port.js';
import { type DecisionParts, type Progress, writeDecisions, writeLoaded } from './decisions.js';
import { EndLooks } from './end-looks.js';
import { Gate } from './gate.js';
import { noteHeld, recoverDecisions, recoverIndex } from './held.js';
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

// A failed write is tried again after this: long enough not to spin, short enough that a passing fault costs little freshness.
const RETRY_MS = 200;

export class Materializer {
  readonly #parts: MaterializerParts & DecisionParts;
  readonly #report: MaterializerReport;
  readonly #states = new Map<PartitionKey, PartitionState>();
  readonly #gate = new Gate();
  readonly #ends: EndLooks;

  constructor(parts: MaterializerParts) {
    this.#report = parts.report ?? reportsNothing;
    this.#parts = { ...parts, report: this.#report };
    const { log, clock } = parts;
    this.#ends = new EndLooks({ log, clock, onEnd: (partition) => this.#move(partition, 'end_reached') });
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
    const { log, topics } = this.#parts;
    const names = [...topics.sources.map(({ name }) => name), topics.rejected];
    const through = await this.#begin(signal);
    if (signal.aborted) return;
    const from = new Map([...through].map(([partition, offset]) => [partition, offset + 1n]));
    for await (const batch of log.subscribe(names, from, signal)) {
      await this.#gate.opened(signal);
      if (signal.aborted) break;
      await this.#applyUntilWritten(batch, signal);
    }
    for (const partition of this.#states.keys()) this.#move(partition, 'stop_requested');
  }

  /** How far the state is, once what had been decided before the start is in effect and the index knows what the state holds. */
  async #begin(signal: AbortSignal): Promise<PositionVector> {
    const { topics, state, journal, rejected } = this.#parts;
    // Otherwise it came together with the state. Asked once: a reading that failed half way has left something in it.
    const isIndexEmpty = journal.index.isEmpty;
    // Nothing else holds on to these, and nothing does after this call.
    const { loaded, tail } = rejected.handOver();
    let through: PositionVector = new Map();
    const attempt = async () => {
      await writeLoaded(this.#parts, loaded);
      through = await state.through();
      await recoverDecisions(this.#parts, through);
      if (isIndexEmpty) await recoverIndex(this.#parts, through);
      for (const [partition, offset] of through) journal.reached(partition, offset);
      await this.#carryOutTail(tail);
    };
    const decisions = partitionKey(topics.rejected, 0);
    await this.#untilDone(decisions, attempt, signal);
    // A first attempt that failed has begun the partition's life, and there may be no record left to end its catching up.
    if (this.#states.has(decisions)) this.#ends.reached(decisions, (through.get(decisions) ?? -1n) + 1n, signal);
    return through;
  }

  async #applyUntilWritten(batch: LogBatch, signal: AbortSignal): Promise<void> {
    const partition = partitionKey(batch.topic, batch.partition);
    this.#move(partition, 'records_arrived');
    this.#ends.arrived(partition);
    await this.#untilDone(partition, () => this.#apply(batch, partition), signal);
    if (!signal.aborted) this.#ends.reached(partition, batch.nextOffset, signal);
  }

  /** Only what may pass by itself ends up here: a log or a store that fails. What a record does to the fold is an outcome. */
  async #untilDone(partition: PartitionKey, attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await attempt();
        // Nothing has happened to a partition whose first write went well.
        if (this.#states.has(partition)) this.#move(partition, 'write_succeeded');
        return;
      } catch (error) {
        this.#move(partition, 'write_failed');
        this.#report.writeFailed(partition, error);
        await this.#parts.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /**
   * Beside a state from a checkpoint: what had been decided before the start is decided before the first record is folded, as it is
   * when all is folded from the beginning. A record that an earlier redrive let in would be rejected anew otherwise.
   */
  async #carryOutTail(tail: readonly LogRecord[]): Promise<void> {
    const { rejected: topic } = this.#parts.topics;
    const last = tail.at(-1);
    if (last === undefined) return;
    const batch = { topic, partition: 0, records: tail, nextOffset: last.position.offset + 1n };
    await this.#apply(batch, partitionKey(topic, 0));
  }

  #move(partition: PartitionKey, event: PartitionEvent): void {
    this.#states.set(partition, next(this.#states.get(partition) ?? 'catching_up', event));
  }

  /** One attempt counts once: what the state holds already, of a record delivered again or a write whose reply was lost, is left out. */
  async #apply(batch: LogBatch, partition: PartitionKey): Promise<void> {
    const { state, journal, topics } = this.#parts;
    for (;;) {
      const at = await state.through();
      const applied = at.get(partition) ?? -1n;
      const records = batch.records.filter(({ position }) => position.offset > applied);
      noteHeld(this.#parts, batch.records.slice(0, batch.records.length - records.length));
      const through = batch.nextOffset - 1n;
      if (batch.topic === topics.rejected) this.#adoptThrough(applied, batch.records);
      if (through <= applied) return journal.reached(partition, through);
      const progress = { partition, through, after: applied };
      const isDecisions = batch.topic === topics.rejected;
      const result = await (isDecisions
        ? writeDecisions(this.#parts, records, progress)
        : this.#write(batch.topic, records, progress, at));
      if (result.kind === 'written') {
        journal.reached(partition, through);
        return this.#report.applied(partition, records.length);
      }
      this.#report.conflicted(partition, result.keys.length);
    }
  }

  /** A decision is in effect once the state holds what it did, also where the reply to that write was lost. */
  #adoptThrough(applied: bigint, records: readonly LogRecord[]): void {
    for (const record of records) if (record.position.offset <= applied) this.#parts.rejected.adopt(record);
  }

  /** `at`: how far the state was. The fold rests on the decisions through there, and on no later one. */
  async #write(
    topic: string,
    records: readonly LogRecord[],
    progress: Progress,
    at: PositionVector,
  ): Promise<WriteResult> {
    const { state, rejected, journal, topics } = this.#parts;
    await recoverDecisions(this.#parts, at);
    const rules = sourceTopic(topics, topic);
    if (rules === undefined) throw new Error(`the log delivered a topic that was not asked for: ${topic}`);
    const steps = records.map((record) => {
      const decision = rejected.decisionOn(positionText(record.position));
      return { record, understood: understand(record, rules, decision) };
    });
    const slice = foldSlice(progress, steps, await this.#stored(steps));
    // The letters are durable and the journal knows the records before the state shows what came of them.
    await rejected.append(slice.letters);
    for (const { key, record, accounts } of slice.notes) journal.index.note(key, record.position, accounts);
    const decisions = partitionKey(topics.rejected, 0);
    return state.write({ ...slice.write, held: [{ partition: decisions, through: at.get(decisions) ?? -1n }] });
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
}
