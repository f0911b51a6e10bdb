/** The audit log on a topic of any event log. */

import type { Digest } from '../domain/canonical.js';
import type { Clock } from '../domain/clock.js';
import type { Position } from '../domain/position.js';
import type { EventLog, RecordReader } from '../log/port.js';
import { AuditFollower } from './follower.js';
import type { AuditPlace } from './place.js';
import type { AuditEntry, AuditFinding, AuditLog } from './port.js';
import { readAudit } from './read.js';
import { AuditEncoder, type Shipment } from './record.js';
import { type RecordedContents, RecordedIds } from './recorded-ids.js';
import { auditUnavailable } from './unavailable.js';

export class LogAudit implements AuditLog {
  readonly topic: string;
  readonly recorded: RecordedIds;
  /** Nothing waits: a record is in the topic before the reply. */
  readonly spool = null;
  readonly #log: EventLog & RecordReader;
  readonly #encoder = new AuditEncoder();
  #follower: AuditFollower | undefined;

  private constructor(log: EventLog & RecordReader, topic: string, recorded: RecordedIds) {
    this.#log = log;
    this.topic = topic;
    this.recorded = recorded;
  }

  /** Reads the keys of the topic, from where `known` ends, so that a snapshot of an earlier run is found. */
  static async open(log: EventLog & RecordReader, topic: string, known?: RecordedContents): Promise<LogAudit> {
    const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
    const recorded = new RecordedIds(known, starts.get(`${topic}:0`) ?? 0n);
    for await (const records of log.scan(topic, 0, recorded.through + 1n, ends.get(`${topic}:0`) ?? 0n)) {
      for (const record of records) recorded.noteRecord(record);
    }
    return new LogAudit(log, topic, recorded);
  }

  /**
   * Notes what others put into the topic, until `signal` aborts. For a log that others write too: while this runs, a snapshot that
   * another instance has released is found here.
   */
  async follow(signal: AbortSignal, clock: Clock): Promise<void> {
    const follower = new AuditFollower(this.#log, this.topic, this.recorded, clock);
    this.#follower = follower;
    try {
      await follower.run(signal);
    } finally {
      this.#follower = undefined;
    }
  }

  get count(): number {
    return this.recorded.count;
  }

  async record(entry: AuditEntry): Promise<AuditPlace> {
    let position: Position | undefined;
    try {
      [position] = await this.#log.append([{ topic: this.topic, headers: [], ...this.#encoder.encode(entry) }]);
    } catch (cause) {
      throw auditUnavailable(cause);
    }
    if (position === undefined) throw auditUnavailable(undefined);
    this.recorded.note(entry.id, position.offset);
    return { kind: 'logged', ...position };
  }

  /** Puts records that were made elsewhere into the topic, in this order. Rejects as the log's append does. */
  async ship(records: readonly Shipment[]): Promise<void> {
    const { topic } = this;
    const positions = await this.#log.append(records.map(({ key, value }) => ({ topic, key, headers: [], value })));
    for (const [index, { offset }] of positions.entries()) {
      const record = records[index];
      if (record !== undefined) this.recorded.note(record.id, offset);
    }
  }

  async find(tenant: string, id: Digest): Promise<AuditFinding> {
    const known = this.recorded.find(id);
    if (known === undefined && this.#follower !== undefined && !(await this.#follower.catchUp())) {
      // Without the end of the topic, another instance may well have it on record.
      if (this.recorded.find(id) === undefined) return { kind: 'behind' };
    }
    const offset = known ?? this.recorded.find(id);
    if (offset === undefined) return { kind: 'not_found' };
    const at = { tenant, id, topic: this.topic, offset };
    return readAudit(this.#log, at, (position) => ({ kind: 'logged', ...position }));
  }
}
