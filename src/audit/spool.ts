/**
 * The spool: a log of this instance alone, on its own disk, with one topic of one partition. What its consumer commits has been shipped,
 * and may expire.
 */
import type { EventLog, RecordReader } from '../log/port.js';
import type { ExpiringLog } from '../log/retention.js';

export interface AuditSpool {
  readonly log: EventLog & RecordReader & ExpiringLog;
  /** Of one log that is shipped to: what was spooled for another never gets there. */
  readonly topic: string;
}
