/** The audit log as the log it stands on asks for. */
import type { Clock } from '../domain/clock.js';
import type { EventLog, RecordReader } from '../log/port.js';
import { LogAudit } from './log-audit.js';
import { type AuditLog, type AuditReport, reportsNoAudit } from './port.js';
import type { RecordedContents, RecordedIds } from './recorded-ids.js';
import type { AuditSpool } from './spool.js';
import { SpooledAudit } from './spooled-audit.js';

export interface AuditChoice {
  readonly log: EventLog & RecordReader;
  readonly clock: Clock;
  /** The log is a copy of one that others write too. */
  readonly isCopy?: boolean;
  /** Absent: a record goes into the topic before the reply. */
  readonly auditSpool?: AuditSpool;
  readonly auditReport?: AuditReport;
}

export interface OpenedAudit {
  readonly audit: AuditLog & { readonly recorded: RecordedIds };
  /** Until `signal` aborts: what others record becomes known here, and what is spooled is shipped. */
  run(signal: AbortSignal): Promise<void>;
}

export async function openAudit(choice: AuditChoice, topic: string, known?: RecordedContents): Promise<OpenedAudit> {
  const { log, clock, isCopy = false, auditSpool: spool, auditReport: report = reportsNoAudit } = choice;
  const audit = await LogAudit.open(log, topic, known);
  const follow = (signal: AbortSignal) => (isCopy ? audit.follow(signal, clock) : Promise.resolve());
  if (spool === undefined) return { audit, run: follow };
  const spooled = await SpooledAudit.open({ audit, spool, clock, report });
  const run = async (signal: AbortSignal) => {
    await Promise.all([follow(signal), spooled.ship(signal)]);
  };
  return { audit: spooled, run };
}
