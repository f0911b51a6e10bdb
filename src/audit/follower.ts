/**
 * Keeps what is known of the audit topic up with what other instances put into it. The topic comes into this instance's own copy of the
 * log by itself; here its ids are noted as they come, and a question about an unknown one waits until they are as far as the topic is.
 */
import type { Clock } from '../domain/clock.js';
import { partitionKey } from '../domain/position.js';
import { limits } from '../limits.js';
import { Bell } from '../log/delivery.js';
import type { EventLog } from '../log/port.js';
import type { RecordedIds } from './recorded-ids.js';
import { SharedQuestion } from './shared-question.js';

export class AuditFollower {
  readonly #log: EventLog;
  readonly #topic: string;
  readonly #recorded: RecordedIds;
  readonly #clock: Clock;
  readonly #bell = new Bell();
  readonly #end: SharedQuestion<bigint>;

  constructor(log: EventLog, topic: string, recorded: RecordedIds, clock: Clock) {
    this.#log = log;
    this.#topic = topic;
    this.#recorded = recorded;
    this.#clock = clock;
    const end = async () => (await log.ends()).get(partitionKey(topic, 0)) ?? 0n;
    this.#end = new SharedQuestion(end, clock, limits.auditEndAskMs);
  }

  /** Until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const from = new Map([[partitionKey(this.#topic, 0), this.#recorded.through + 1n]]);
    for await (const { records, nextOffset } of this.#log.subscribe([this.#topic], from, signal)) {
      for (const record of records) this.#recorded.noteRecord(record);
      this.#recorded.reached(nextOffset);
      this.#bell.ring();
    }
  }

  /** Whether everything that was in the topic at the time of the call has been noted; false when that could not be had in time. */
  async catchUp(): Promise<boolean> {
    const late = new AbortController();
    const asking = this.#end.ask().then((end) => this.#noted(end, late.signal));
    const waiting = this.#clock.sleep(limits.auditCatchUpMs, late.signal).then(() => false);
    try {
      return await Promise.race([asking.catch(() => false), waiting]);
    } finally {
      late.abort();
    }
  }

  async #noted(end: bigint, over: AbortSignal): Promise<boolean> {
    while (!over.aborted) {
      const rung = this.#bell.next();
      if (this.#recorded.through + 1n >= end) return true;
      await rung;
    }
    return false;
  }
}
