/**
 * The materializer: from the log to the state store, slice by slice. The loop is thin: pure leaves fold, one write makes a slice
 * visible, and only the contiguous prefix is ever reported as applied. What operators decided is carried out in `decisions.ts`; what
 * others apply is followed in `follower.ts`.
 */
import type { Clock } from '../domain/clock.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { LogRecord } from '../log/port.js';
import { Turns } from '../log/turns.js';
import { type ApplyParts, applyBatch, type DeliveredBatch, StateFellBack } from './apply.js';
import { applyBurst } from './burst.js';
import { writeLoaded } from './decisions.js';
import { EndLooks } from './end-looks.js';
import { Follower } from './follower.js';
import { Gate } from './gate.js';
import { CopyBehind } from './held.js';
import { Lead } from './lead.js';
import { type Ownership, ownsEverything } from './ownership.js';
import type { Backpressure, Pressure } from './pressure.js';
import { Reach } from './reach.js';
import { type MaterializerReport, reportsNothing, type Tally, tallied } from './report.js';
import { beginSession, delivered, type SessionParts } from './sessions.js';
import { type Regress, Standing } from './standing.js';
import { next, type PartitionEvent, type PartitionState } from './transitions.js';
import { Upcoming } from './upcoming.js';

export interface MaterializerParts extends Omit<SessionParts, 'ownership'> {
  readonly clock: Clock;
  readonly report?: MaterializerReport;
  /** Absent: the state is this process's own, so nobody else takes it further and it never falls back. */
  readonly ownership?: Ownership;
  /** Absent: nothing ever presses back. */
  readonly pressure?: Pressure;
}

// A failed write is tried again after this: long enough not to spin, short enough that a passing fault costs little freshness.
const RETRY_MS = 200;
// A copy that has not come by then is stuck: that is told, each time after twice as long.
const COPY_LOOKS = 50;
const COPY_RETRY_MAX_MS = 10_000;

export class Materializer {
  readonly #parts: MaterializerParts & ApplyParts & { readonly tally: Tally };
  readonly #ownership: Ownership;
  readonly #states = new Map<PartitionKey, PartitionState>();
  readonly #gate = new Gate();
  readonly #ends: EndLooks;
  /** Attempts and adoptions exclude each other; waiting between attempts excludes nobody. */
  readonly #turns = new Turns();
  readonly #standing: Standing;
  /** Ends the session. */
  #session = new AbortController();

  constructor(parts: MaterializerParts) {
    const tally = { conflicts: 0, regresses: 0 };
    this.#parts = {
      ...parts,
      report: tallied(parts.report ?? reportsNothing, tally),
      tally,
      lead: new Lead(parts.state),
    };
    this.#ownership = parts.ownership ?? ownsEverything;
    const { log, state, clock } = parts;
    this.#standing = new Standing(state);
    this.#ends = new EndLooks({ log, clock, onEnd: (partition) => this.#move(partition, 'end_reached') });
  }

  /** Where each partition is in its life. One without records yet, or that others apply, is absent. */
  get states(): ReadonlyMap<PartitionKey, PartitionState> {
    return this.#states;
  }

  /** Why nothing is applied for now; null: nothing presses back. */
  get backpressure(): Backpressure | null {
    return this.#parts.pressure?.current ?? null;
  }

  get tally(): Readonly<Tally> {
    return this.#parts.tally;
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

  /** Runs until `signal` aborts. Rejects when the state has lost what the log no longer has. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#begin(signal);
    if (signal.aborted) return;
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const fail = (error: unknown): never => {
      failed.abort();
      throw error;
    };
    const followers = this.#parts.ownership === undefined ? [] : [this.#follower(), this.#reach()];
    const runs = [...followers.map((follower) => follower.run(until)), this.#sessions(until)];
    await Promise.all(runs.map((run) => run.catch(fail)));
    for (const partition of this.#states.keys()) this.#move(partition, 'stop_requested');
  }

  #follower(): Follower {
    const { report } = this.#parts;
    return new Follower({
      ...this.#parts,
      ownership: this.#ownership,
      turns: this.#turns,
      standing: this.#standing,
      onRegress: (regress, through) => this.#regressed(regress, through),
      onFailure: (error) => report.followFailed(error),
      onTrouble: (trouble) => report.stateTroubled(trouble),
    });
  }

  /** The next session reads what this process has again, and nothing of what it lacks. */
  #reach(): Reach {
    const onMissing = (partitions: readonly PartitionKey[]) => {
      this.#parts.report.historyMissing(partitions);
      this.#session.abort();
    };
    return new Reach({ ...this.#parts, ownership: this.#ownership, onMissing });
  }

  /** Decisions that the state no longer shows are new again; the next session begins where the state is. */
  async #regressed(regress: Regress, through: PositionVector): Promise<void> {
    const { report, rejected, topics } = this.#parts;
    report.regressed(regress);
    await this.#turns.take(async () => rejected.retreat(through.get(partitionKey(topics.rejected, 0)) ?? -1n));
    this.#session.abort();
  }

  async #sessions(signal: AbortSignal): Promise<void> {
    const { topics, log } = this.#parts;
    const stopWatching = this.#ownership.watch(() => this.#session.abort());
    while (!signal.aborted) {
      this.#session = new AbortController();
      const ending = AbortSignal.any([signal, this.#session.signal]);
      const session = await this.#beginSession(ending);
      if (session === undefined) continue;
      const readings = [topics.sources.map(({ name }) => name), [topics.rejected]].map((names) =>
        this.#read(delivered(log.subscribe(names, session.from, ending), session), ending),
      );
      await Promise.all(readings);
      // A log that was closed delivers nothing any more, however often it is asked.
      if (!ending.aborted) break;
    }
    stopWatching();
  }

  /** Undefined when it has been ended before it began. */
  async #beginSession(signal: AbortSignal) {
    this.#parts.lead.forget();
    for (const partition of this.#states.keys()) if (!this.#ownership.owns(partition)) this.#states.delete(partition);
    while (!signal.aborted) {
      try {
        const session = await beginSession({ ...this.#parts, ownership: this.#ownership });
        for (const [partition, begin] of session.begins) this.#standing.saw(partition, begin - 1n);
        return session;
      } catch (error) {
        if (error instanceof TidemarkError && !error.retriable) throw error;
        this.#parts.report.followFailed(error);
        await this.#parts.clock.sleep(RETRY_MS, signal);
      }
    }
    return undefined;
  }

  async #read(batches: AsyncIterable<DeliveredBatch>, signal: AbortSignal): Promise<void> {
    const upcoming = new Upcoming(batches);
    try {
      for (;;) {
        const one = await upcoming.take();
        if (one === undefined) return;
        await this.#gate.opened(signal);
        await this.#parts.pressure?.relieved(signal);
        if (signal.aborted) return;
        if (this.#takesMore && one.batch.topic !== this.#parts.topics.rejected)
          await this.#burst(one, upcoming, signal);
        else if (this.#owns(one)) await this.#applyUntilWritten(one, signal);
      }
    } finally {
      await upcoming.close();
    }
  }

  /** Whether the state takes one write while another is under way. */
  get #takesMore(): boolean {
    return (this.#parts.state.writesAtOnce ?? 1) > 1;
  }

  async #burst(first: DeliveredBatch, upcoming: Upcoming<DeliveredBatch>, signal: AbortSignal): Promise<void> {
    const of = {
      parts: this.#parts,
      takes: (one: DeliveredBatch) => this.#owns(one),
      onBegin: (one: DeliveredBatch) => this.#arrived(one),
      mayGoOn: () => !signal.aborted && this.#gate.isOpen && this.backpressure === null,
    };
    const { written, left } = await this.#turns.take(() => applyBurst(of, first, upcoming));
    for (const one of written) {
      this.#move(partitionOf(one), 'write_succeeded');
      this.#applied(one, signal);
    }
    for (const one of left) await this.#applyUntilWritten(one, signal);
  }

  #owns(one: DeliveredBatch): boolean {
    return this.#ownership.owns(partitionOf(one));
  }

  /** What had been decided before the start is in effect before anything is folded, where this process is the one to say so. */
  async #begin(signal: AbortSignal): Promise<void> {
    const { topics, state, journal, rejected } = this.#parts;
    // Otherwise it came together with the state. Asked once: a reading that failed half way has left something in it.
    const isIndexEmpty = journal.index.isEmpty;
    // Nothing else holds on to these, and nothing does after this call.
    const { loaded, tail } = rejected.handOver();
    const decisions = partitionKey(topics.rejected, 0);
    let decided = -1n;
    const attempt = async () => {
      const through = await state.through();
      if (!isIndexEmpty) for (const [partition, offset] of through) journal.reached(partition, offset);
      if (!this.#ownership.owns(decisions)) return;
      await writeLoaded(this.#parts, loaded);
      await this.#carryOutTail(tail, signal);
      decided = (await state.through()).get(decisions) ?? -1n;
    };
    await this.#untilDone(decisions, attempt, signal);
    // A first attempt that failed has begun the partition's life, and there may be no record left to end its catching up.
    if (this.#states.has(decisions)) this.#ends.reached(decisions, decided + 1n, signal);
  }

  async #applyUntilWritten(one: DeliveredBatch, signal: AbortSignal): Promise<void> {
    this.#arrived(one);
    await this.#untilDone(partitionOf(one), () => applyBatch(this.#parts, one, signal), signal);
    if (!signal.aborted) this.#applied(one, signal);
  }

  #arrived(one: DeliveredBatch): void {
    const partition = partitionOf(one);
    this.#move(partition, 'records_arrived');
    this.#ends.arrived(partition);
  }

  #applied(one: DeliveredBatch, signal: AbortSignal): void {
    const partition = partitionOf(one);
    this.#standing.saw(partition, one.batch.nextOffset - 1n);
    this.#ends.reached(partition, one.batch.nextOffset, signal);
  }

  /** Only what may pass by itself ends up here: a log or a store that fails. What a record does to the fold is an outcome. */
  async #untilDone(partition: PartitionKey, attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#parts;
    for (let behind = 0; !signal.aborted; ) {
      try {
        await this.#turns.take(attempt);
        // Nothing has happened to a partition whose first write went well.
        if (this.#states.has(partition)) this.#move(partition, 'write_succeeded');
        return;
      } catch (error) {
        if (error instanceof StateFellBack) return this.#session.abort();
        if (error instanceof CopyBehind && ++behind <= COPY_LOOKS) {
          await clock.sleep(limits.copyBehindMs, signal);
          continue;
        }
        this.#move(partition, 'write_failed');
        report.writeFailed(partition, error);
        const retryMs = RETRY_MS * 2 ** Math.min(Math.max(behind - COPY_LOOKS - 1, 0), 10);
        await clock.sleep(Math.min(retryMs, COPY_RETRY_MAX_MS), signal);
      }
    }
  }

  /**
   * Beside a state from a checkpoint: what had been decided before the start is decided before the first record is folded, as it is
   * when all is folded from the beginning. A record that an earlier redrive let in would be rejected anew otherwise.
   */
  async #carryOutTail(tail: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    const { rejected: topic } = this.#parts.topics;
    const last = tail.at(-1);
    if (last === undefined) return;
    const batch = { topic, partition: 0, records: tail, nextOffset: last.position.offset + 1n };
    await applyBatch(this.#parts, { batch, begin: undefined }, signal);
  }

  #move(partition: PartitionKey, event: PartitionEvent): void {
    if (!this.#ownership.owns(partition)) return;
    this.#states.set(partition, next(this.#states.get(partition) ?? 'catching_up', event));
  }
}

function partitionOf({ batch: { topic, partition } }: DeliveredBatch): PartitionKey {
  return partitionKey(topic, partition);
}
