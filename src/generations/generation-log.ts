/** The topic of generations: read whole at the start, followed by every instance, written on an operator's request. */
import type { Clock } from '../domain/clock.js';
import { partitionKey } from '../domain/position.js';
import { within } from '../domain/within.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import { Bell } from '../log/delivery.js';
import type { EventLog, LogRecord, RecordReader } from '../log/port.js';
import { decodeGenerationEvent, encodeGenerationEvent, type GenerationEvent } from './record.js';
import { isOpen, nothingRecorded, type Standing, standingAfter } from './standing.js';

export interface GenerationLogParts {
  readonly log: EventLog & RecordReader;
  readonly topic: string;
  readonly clock: Clock;
  /** The topic could not be read on; it is tried again. */
  readonly onFailure?: (error: TidemarkError) => void;
}

/**
 * Called for each record that changed something, in order; the next record waits for it. `refused`: the generation that the record was to
 * start, where as many are open as may be; then it has changed nothing.
 */
export type OnStanding = (standing: Standing, refused?: string) => Promise<void>;

export class GenerationLog {
  readonly #parts: GenerationLogParts;
  readonly #bell = new Bell();
  #standing: Standing = nothingRecorded;
  /** Of the topic, the next offset that has not been taken. */
  #next = 0n;

  private constructor(parts: GenerationLogParts) {
    this.#parts = parts;
  }

  /** Reads the topic: until its end of now is known, nobody can say what is live. Where there is none nothing was ever promoted. */
  static async open(parts: GenerationLogParts): Promise<GenerationLog> {
    const { log, topic } = parts;
    const opened = new GenerationLog(parts);
    if (!opened.hasTopic) return opened;
    const key = partitionKey(topic, 0);
    const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
    opened.#next = starts.get(key) ?? 0n;
    const end = ends.get(key) ?? 0n;
    for await (const records of log.scan(topic, 0, opened.#next, end))
      for (const record of records) opened.#take(record);
    if (end > opened.#next) opened.#next = end;
    return opened;
  }

  /** A log of others may be older than this topic, and goes without it until somebody makes it. */
  get hasTopic(): boolean {
    const { log, topic } = this.#parts;
    return log.topics().some(({ name }) => name === topic);
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Before it is followed: writes, and takes what was written up to there. */
  async writeFirst(events: readonly GenerationEvent[]): Promise<void> {
    const { log, topic } = this.#parts;
    const positions = await log.append(events.map((event) => encodeGenerationEvent(topic, event)));
    const end = positions.reduce((highest, { offset }) => (offset >= highest ? offset + 1n : highest), this.#next);
    for await (const records of log.scan(topic, 0, this.#next, end)) for (const record of records) this.#take(record);
    this.#next = end;
  }

  /** Follows the topic until `signal` aborts. */
  async run(signal: AbortSignal, changed: OnStanding): Promise<void> {
    const { log, topic, clock, onFailure } = this.#parts;
    if (!this.hasTopic) return;
    const key = partitionKey(topic, 0);
    while (!signal.aborted) {
      try {
        for await (const { records, nextOffset } of log.subscribe([topic], new Map([[key, this.#next]]), signal)) {
          for (const record of records) {
            const before = this.#standing;
            const refused = record.position.offset >= this.#next ? this.#take(record) : undefined;
            if (this.#standing !== before || refused !== undefined) await changed(this.#standing, refused);
          }
          if (nextOffset > this.#next) this.#next = nextOffset;
          this.#bell.ring();
        }
        return;
      } catch (error) {
        if (!(error instanceof TidemarkError)) throw error;
        onFailure?.(error);
        await clock.sleep(limits.copyRetryMs, signal);
      }
    }
  }

  /**
   * Resolves when this instance has followed the records as well. Rejects with `behind` when that takes too long: they are in the log;
   * with `generation_conflict` where there is no such topic.
   */
  async append(events: readonly GenerationEvent[]): Promise<void> {
    const { log, topic, clock } = this.#parts;
    if (!this.hasTopic) throw withoutTopic(topic);
    const positions = await log.append(events.map((event) => encodeGenerationEvent(topic, event)));
    const last = positions.reduce((highest, { offset }) => (offset > highest ? offset : highest), -1n);
    const startedMs = clock.monotonicMs();
    for (;;) {
      const rung = this.#bell.next();
      if (this.#next > last) return;
      const leftMs = limits.generationFollowMs - (clock.monotonicMs() - startedMs);
      if (leftMs <= 0) throw notFollowed();
      await within(clock, rung, leftMs);
    }
  }

  /** What it was to start and did not. */
  #take(record: LogRecord): string | undefined {
    const event = decodeGenerationEvent(record);
    if (event === undefined) return undefined;
    this.#standing = standingAfter(this.#standing, event, record.timestampMs);
    const isRefused = event.type === 'generation.started' && !isOpen(this.#standing, event.generation);
    return isRefused ? event.generation : undefined;
  }
}

function withoutTopic(topic: string): TidemarkError {
  return new TidemarkError({
    code: 'generation_conflict',
    message: `the log has no topic ${topic}, so that nothing about generations can be put on record`,
    advice: 'Make it with `tidemark topics apply`, and restart the service.',
    retriable: false,
  });
}

function notFollowed(): TidemarkError {
  return new TidemarkError({
    code: 'behind',
    message: 'what was asked for is in the log, and this instance has not followed it yet',
    advice: 'Ask GET /v1/generations again: it shows when it has.',
    retriable: true,
  });
}
