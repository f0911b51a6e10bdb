/**
 * The world of a run: the whole service over a log in memory that holds what has arrived by now, and not one record more. There is no
 * way to a later one: the stream stays outside, and time is virtual. Nothing of the service runs by itself but the fold; the index is
 * brought up to date before each question, so an answer depends on the moment alone.
 */
import type { PartitionKey, Position } from '../../src/domain/position.js';
import { positionText } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { EventLog, NewRecord } from '../../src/log/port.js';
import { sourceTopic, type TopicMap } from '../../src/log/topics.js';
import { catchUp } from '../../src/materializer/catch-up.js';
import { type MaterializerReport, reportsNothing } from '../../src/materializer/report.js';
import { openService, type Service } from '../../src/pipeline.js';
import type { SnapshotRequest } from '../../src/snapshot/request.js';
import type { SnapshotResult } from '../../src/snapshot/service.js';
import { type DecisionEntry, positionTextOf, type StreamPosition } from '../streams/source.js';
import { type ArrivingEntry, recordOf } from './arrivals.js';
import { Lagging } from './lagging.js';
import type { StreamRecord } from './oracle.js';
import type { EvaluationEngines, Setup, WorldEngines } from './setup.js';
import type { StreamSummary } from './types.js';
import { VirtualClock } from './virtual-clock.js';

export interface WorldParts {
  readonly engines: EvaluationEngines;
  readonly setup: Setup;
  readonly topics: TopicMap;
  readonly logId: string;
  readonly startsAtMs: number;
  /** When questions are asked, milliseconds since 1970, ascending. */
  readonly askedAtMs: readonly number[];
  /** Ends what is waited for. */
  readonly signal: AbortSignal;
}

/** Where the record of an entry went; null: nowhere, its topic is none of the service's. */
export type Arrived = StreamRecord | null;

export class World {
  readonly service: Service;
  readonly clock: VirtualClock;
  readonly #opened: OpenedWorld;
  readonly #running: Promise<void>;
  /** The stream's position of each record, by where it lies in the world's log. */
  readonly #positions = new Map<string, string>();
  #strangers = new Map<string, number>();

  private constructor(opened: OpenedWorld) {
    this.service = opened.service;
    this.clock = opened.clock;
    this.#opened = opened;
    // The fold alone: the indexer is driven, and the witness looks when it is asked.
    this.#running = this.service.materializer.run(opened.failure.signal).catch(opened.failure.note);
  }

  static async open({ engines, setup, topics, logId, startsAtMs, askedAtMs, signal }: WorldParts): Promise<World> {
    const clock = new VirtualClock(startsAtMs);
    const placed = new WeakMap<NewRecord, number>();
    const failure = new Failure(signal);
    const partitionOf = (record: NewRecord) => placed.get(record);
    const opened = await engines.open(setup, { clock, logId, topics, partitionOf });
    try {
      const { lag } = setup;
      const lagging =
        lag === null ? null : new Lagging({ engines: opened.engines, lag, askedAtMs, placed: partitionOf });
      const service = await openService({ ...(lagging ?? opened).engines, report: failure.report });
      return new World({ service, clock, engines: opened, lagging, failure, placed });
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Appends an entry at its virtual instant. */
  async arrive(entry: ArrivingEntry, position: StreamPosition, atMs: number): Promise<Arrived> {
    this.clock.moveTo(atMs);
    const { log, topics } = this.service.engines;
    const record = recordOf(entry, topics);
    const topic = record && sourceTopic(topics, record.topic);
    if (record === undefined || topic === undefined) {
      const name = 'record' in entry ? entry.record.topic : '';
      this.#strangers.set(name, (this.#strangers.get(name) ?? 0) + 1);
      return null;
    }
    if ('record' in entry && entry.position !== undefined) this.#opened.placed.set(record, entry.position.partition);
    if (this.#opened.lagging?.isLookDue(record) === true) {
      await this.caughtUp();
      await this.witnessed();
    }
    const [at] = await log.append([record]);
    this.#opened.lagging?.log.show();
    if (at === undefined) throw new Error('what is appended has a position');
    const text = positionTextOf(position);
    this.#positions.set(positionText(at), text);
    const { key, headers, value } = record;
    return { key, headers, value, topic: topic.name, rules: topic, partition: at.partition, position: text };
  }

  /** Has an operator decide at this virtual instant, about a record as the stream numbers it. Returns why that cannot be; null: it was. */
  async decide({ about, ...made }: DecisionEntry['decision'], atMs: number): Promise<string | null> {
    this.clock.moveTo(atMs);
    await this.caughtUp();
    const [id] = [...this.#positions].find(([, text]) => text === about) ?? [];
    if (id === undefined) return 'the record had not arrived';
    const { rejected } = this.service;
    if (rejected.find(id) === undefined) return 'the record was not rejected here by then';
    await rejected.decide(id, made);
    await this.caughtUp();
    return null;
  }

  /** When the next record that has arrived is to be folded; undefined: all are. */
  get nextFoldMs(): number | undefined {
    return this.#opened.lagging?.log.nextDueMs;
  }

  /** Lets what is due by now be folded. */
  fold(): void {
    this.#opened.lagging?.log.show();
  }

  /** Looks at the end of the log, as a service does all the time and a driven one when it is told to. */
  async witnessed(): Promise<void> {
    // Asked in any case, however short ago it was asked last: what is looked at by chance must not make an answer older.
    await this.service.witness.end();
    await this.service.witness.look();
  }

  /** Resolves when everything that has arrived, and is due, is folded, what was rejected included. */
  async caughtUp(): Promise<void> {
    const { state, topics } = this.service.engines;
    const shown = this.#opened.lagging?.log;
    const log = shown === undefined ? this.service.engines.log : endingAt(shown);
    const sources = topics.sources.map(({ name }) => name);
    const watching = { signal: this.#opened.failure.signal, onProgress: () => {} };
    await catchUp(log, state, sources, watching);
    await catchUp(log, state, [...sources, topics.rejected], watching);
    this.#opened.failure.check();
  }

  /** Resolves when the index holds all of it that is due. */
  async indexed(): Promise<void> {
    while ((await this.service.indexer.turn()) !== 'idle') this.#opened.failure.check();
    this.#opened.failure.check();
  }

  async ask(request: SnapshotRequest, id: string): Promise<SnapshotResult> {
    const caller = { subject: 'evaluation', scopes: ['read'], requestId: id, traceparent: null };
    return this.service.snapshots.snapshot(request, caller);
  }

  /** As the stream numbers it; of a record that has not arrived, a text that is no position of any stream. */
  positionOf(released: { readonly topic: string; readonly partition: number; readonly offset: string }): string {
    const text = `${released.topic}:${released.partition}:${released.offset}`;
    return this.#positions.get(text) ?? notArrived(text);
  }

  async summary(): Promise<Omit<StreamSummary, 'records' | 'digest'>> {
    const { state, topics } = this.service.engines;
    const sum = { applied: 0, superseded: 0, duplicates: 0, rejected: 0 };
    for (const [partition, { counts }] of await state.progress()) {
      if (sourceTopic(topics, topicOf(partition)) === undefined) continue;
      sum.applied += counts.applied;
      sum.superseded += counts.superseded;
      sum.duplicates += counts.duplicate;
      sum.rejected += counts.rejected;
    }
    return { ...sum, notices: [...this.#strangerNotices(), ...this.#waitingNotices(), ...this.#rejectedNotices()] };
  }

  async close(): Promise<void> {
    this.#opened.failure.end();
    await this.#running;
    await this.#opened.engines.close();
  }

  #strangerNotices(): readonly string[] {
    return [...this.#strangers].map(
      ([topic, count]) => `${count} records of the topic ${topic}, which the service does not read, were left out`,
    );
  }

  #waitingNotices(): readonly string[] {
    const count = this.#opened.lagging?.log.waitingCount ?? 0;
    if (count === 0) return [];
    return [
      `${count === 1 ? '1 record that had arrived was' : `${count} records that had arrived were`} not folded by the end`,
    ];
  }

  #rejectedNotices(): readonly string[] {
    const letters = this.service.rejected.list(null);
    const oldest = letters.slice(-limits.evaluationNoticesMax).reverse();
    const told = oldest.map(({ position, rejection, decision }) => {
      const then = decision === null ? '' : `, then ${decision.kind}`;
      return `${this.#textOf(position)} was rejected: ${rejection.reason}${then}`;
    });
    const more = letters.length - told.length;
    return more > 0 ? [...told, `${more} more records were rejected`] : told;
  }

  #textOf(position: Position): string {
    return this.#positions.get(positionText(position)) ?? notArrived(positionText(position));
  }
}

interface OpenedWorld {
  readonly service: Service;
  readonly clock: VirtualClock;
  readonly engines: WorldEngines;
  /** Null: everything is folded as soon as it has arrived. */
  readonly lagging: Lagging | null;
  readonly failure: Failure;
  readonly placed: WeakMap<NewRecord, number>;
}

function endingAt(log: Lagging['log']): Pick<EventLog, 'starts' | 'ends'> {
  return { starts: () => log.starts(), ends: () => log.shownEnds() };
}

/** No stream has a topic with a space in it, so nobody can have seen this. */
function notArrived(text: string): string {
  return `not arrived:${text}`;
}

function topicOf(partition: PartitionKey): string {
  return partition.slice(0, partition.lastIndexOf(':'));
}

/**
 * What the service would try again, later: by a clock that stands there is no later, so the first failure ends the run and says why.
 */
class Failure {
  readonly #ended = new AbortController();
  readonly #asked: AbortSignal;
  readonly signal: AbortSignal;
  #error: { readonly error: unknown } | undefined;

  constructor(asked: AbortSignal) {
    this.#asked = asked;
    this.signal = AbortSignal.any([asked, this.#ended.signal]);
  }

  readonly note = (error: unknown): void => {
    this.#error ??= { error };
    this.#ended.abort();
  };

  get report(): MaterializerReport {
    return {
      ...reportsNothing,
      writeFailed: (_, error) => this.note(error),
      followFailed: this.note,
      indexFailed: this.note,
      indexRefused: (at, reason) => this.note(refused(positionText(at), reason)),
    };
  }

  /** Throws what has failed, or `stopping`. */
  check(): void {
    if (this.#error !== undefined) throw this.#error.error;
    if (this.#asked.aborted) throw stopped();
  }

  end(): void {
    this.#ended.abort();
  }
}

function refused(position: string, reason: string): TidemarkError {
  const message = `the index does not take what the record at ${position} says: ${reason}`;
  return new TidemarkError({
    code: 'index_unavailable',
    message,
    advice: 'Use another model, or another index.',
    retriable: false,
  });
}

export function stopped(): TidemarkError {
  const advice = 'Go on with --resume.';
  return new TidemarkError({ code: 'stopping', message: 'The run was ended.', advice, retriable: true });
}
