/** Why a snapshot was not released: it could not be put on record. */
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import type { SpoolReading } from './port.js';

export function auditUnavailable(cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'audit_unavailable',
    message: 'the audit record could not be written, so the snapshot was not released',
    advice: 'Free disk space or mend the log, then ask again; AUDIT=best-effort releases without a record and says so.',
    retriable: true,
    cause,
  });
}

export function spoolFull({ records, bytes, oldestMs }: SpoolReading): TidemarkError {
  const why = records >= limits.auditSpoolRecordsMax ? 'records' : 'bytes';
  return new TidemarkError({
    code: 'audit_unavailable',
    message: `the audit spool holds as many ${why} as it may, so the snapshot was not released`,
    advice: 'Look after the audit topic: the spool empties by itself once the topic takes records again.',
    retriable: true,
    facts: { spooledRecords: records, spooledBytes: bytes, oldestMs },
  });
}
