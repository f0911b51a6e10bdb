/**
 * The spool of audit records: an embedded log of one partition in a folder of this instance, written in groups that share a sync, and
 * let go once it is shipped. The folder's lock keeps a second instance out.
 */
import type { AuditSpool } from '../../src/audit/spool.js';
import { limits } from '../../src/limits.js';
import type { FileSystemPort } from './files.js';
import { FileLog, type FileLogReport } from './log.js';

export interface AuditSpoolOptions {
  readonly folder: string;
  /** Of the log whose audit topic it is for. In another log's topic the records would be about nothing. */
  readonly logId: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly onReport: (report: FileLogReport) => void;
  /** Tests put faults here. */
  readonly files?: FileSystemPort;
  /** Tests roll segments early. */
  readonly segmentBytesMax?: number;
}

/** One that is open. */
export interface OpenedSpool extends AuditSpool {
  close(): Promise<void>;
}

/** What has been shipped is of no more use: every full segment of it goes. */
const keepNothing = { ageMs: null, bytes: 1 };

/** Rejects with `config_invalid`, `log_locked` or `log_damaged`; then nothing is held. */
export async function openAuditSpool({ folder, logId, ...options }: AuditSpoolOptions): Promise<OpenedSpool> {
  const topic = `audit-${logId}`;
  const topics = [{ name: topic, partitions: 1, retention: keepNothing }];
  const segments = { segmentBytesMax: limits.auditSpoolSegmentBytes, areReserved: true };
  const log = await FileLog.open({ folder, topics, ...segments, ...options });
  return { log, topic, close: () => log.close() };
}
