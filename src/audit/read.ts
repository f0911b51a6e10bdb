/** Reading one audit record, wherever it stands. */
import type { Digest } from '../domain/canonical.js';
import type { Position } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import type { RecordReader, RecordReading } from '../log/port.js';
import type { AuditPlace } from './place.js';
import type { AuditFinding } from './port.js';
import { decodeAudit } from './record.js';

export interface AuditReference {
  readonly tenant: string;
  readonly id: Digest;
  readonly topic: string;
  readonly offset: bigint;
}

/** `placeOf`: where a record at that position stands, as its entry says. */
export async function readAudit(
  log: RecordReader,
  { tenant, id, topic, offset }: AuditReference,
  placeOf: (position: Position) => AuditPlace,
): Promise<AuditFinding> {
  const reading = await readOne(log, topic, offset);
  if (reading === 'damaged') return { kind: 'damaged' };
  if (reading?.kind !== 'found') return { kind: 'expired' };
  const { record } = reading;
  const entry = decodeAudit(record, id);
  if (entry === undefined) return { kind: 'damaged' };
  if (entry.tenant !== tenant) return { kind: 'not_found' };
  return {
    kind: 'found',
    entry: { ...entry, position: placeOf(record.position), recordedAtMs: record.timestampMs },
  };
}

/** A log that finds its own record damaged says so by throwing. */
async function readOne(
  log: RecordReader,
  topic: string,
  offset: bigint,
): Promise<RecordReading | 'damaged' | undefined> {
  try {
    const [reading] = await log.read(topic, 0, [offset]);
    return reading;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'log_damaged') return 'damaged';
    throw error;
  }
}
