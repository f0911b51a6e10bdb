/** The audit log on a topic of any log, as a subject of its contract; the log is harmed where it is called. */
import type { EventLog, RecordReader, RecordReading } from '../log/port.js';
import type { AuditSubject } from './contract.js';
import { LogAudit } from './log-audit.js';

const context = 'copilot.context';

/** What the log must have. */
export const auditSubjectTopics = [{ name: context, partitions: 1 }];

export async function auditSubject(log: EventLog & RecordReader): Promise<AuditSubject> {
  return {
    audit: await LogAudit.open(log, context),
    reopen: () => LogAudit.open(log, context),
    breakWrites: () => {
      log.append = () => Promise.reject(new Error('disk full'));
    },
    damage: async () => {
      const read = log.read.bind(log);
      log.read = async (...place) => (await read(...place)).map(harmed);
      return LogAudit.open(log, context);
    },
  };
}

function harmed(reading: RecordReading): RecordReading {
  if (reading.kind !== 'found') return reading;
  return { kind: 'found', record: { ...reading.record, value: Buffer.from('{"id":"sha256-') } };
}
