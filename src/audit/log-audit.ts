/**
 * The audit log on a topic of any event log. The key is the snapshot id; the value is one line of JSON that says for whom and on what
 * request, then the manifest as the very bytes the id is the hash of.
 */
import { z } from 'zod';
import { type Digest, isDigest } from '../domain/canonical.js';
import type { Position } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import type { EventLog, LogRecord, RecordReader, RecordReading } from '../log/port.js';
import type { AuditEntry, AuditFinding, AuditLog, RecordedEntry } from './port.js';
import { type RecordedContents, RecordedIds } from './recorded-ids.js';

const headSchema = z.object({
  id: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  tenant: z.string(),
  releasedTo: z.object({ subject: z.string(), scopes: z.array(z.string()).readonly() }),
  requestId: z.string(),
  traceparent: z.string().nullable(),
});

const decoder = new TextDecoder();

// Dozens of records: making a buffer costs more than filling it, and each is one more for the collector.
const SLAB_BYTES = 262_144;

/** UTF-8 of texts in shared buffers, one behind the other. What has been handed out is never written again. */
class TextSlab {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** Two texts as one: putting them together as a string would copy them once more. */
  encode(first: string, second: string): Uint8Array {
    const bytes = Buffer.byteLength(first) + Buffer.byteLength(second);
    if (bytes > this.#slab.length - this.#used) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += this.#slab.write(first, this.#used, 'utf8');
    this.#used += this.#slab.write(second, this.#used, 'utf8');
    return this.#slab.subarray(from, this.#used);
  }
}

export class LogAudit implements AuditLog {
  readonly #log: EventLog & RecordReader;
  readonly #topic: string;
  readonly recorded: RecordedIds;
  readonly #slab = new TextSlab();

  private constructor(log: EventLog & RecordReader, topic: string, recorded: RecordedIds) {
    this.#log = log;
    this.#topic = topic;
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

  get count(): number {
    return this.recorded.count;
  }

  async record(entry: AuditEntry): Promise<Position> {
    const { manifest, ...head } = entry;
    const value = this.#slab.encode(`${JSON.stringify(head satisfies z.infer<typeof headSchema>)}\n`, manifest);
    let position: Position | undefined;
    try {
      [position] = await this.#log.append([
        { topic: this.#topic, key: Buffer.from(entry.id, 'latin1'), headers: [], value },
      ]);
    } catch (cause) {
      throw unavailable(cause);
    }
    if (position === undefined) throw unavailable(undefined);
    this.recorded.note(entry.id, position.offset);
    return position;
  }

  async find(tenant: string, id: Digest): Promise<AuditFinding> {
    const offset = this.recorded.find(id);
    if (offset === undefined) return { kind: 'not_found' };
    const reading = await this.#read(offset);
    if (reading === 'damaged') return { kind: 'damaged' };
    if (reading?.kind !== 'found') return { kind: 'expired' };
    const entry = decode(reading.record);
    if (entry === undefined || entry.id !== id) return { kind: 'damaged' };
    return entry.tenant === tenant ? { kind: 'found', entry } : { kind: 'not_found' };
  }

  /** A log that finds its own record damaged says so by throwing. */
  async #read(offset: bigint): Promise<RecordReading | 'damaged' | undefined> {
    try {
      const [reading] = await this.#log.read(this.#topic, 0, [offset]);
      return reading;
    } catch (error) {
      if (error instanceof TidemarkError && error.code === 'log_damaged') return 'damaged';
      throw error;
    }
  }
}

function decode(record: LogRecord): RecordedEntry | undefined {
  const text = decoder.decode(record.value ?? new Uint8Array());
  const end = text.indexOf('\n');
  if (end < 0) return undefined;
  try {
    const { success, data } = headSchema.safeParse(JSON.parse(text.slice(0, end)));
    const recorded = { manifest: text.slice(end + 1), position: record.position, recordedAtMs: record.timestampMs };
    return success ? { ...data, ...recorded } : undefined;
  } catch {
    return undefined;
  }
}

function unavailable(cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'audit_unavailable',
    message: 'the audit record could not be written, so the snapshot was not released',
    advice: 'Free disk space or mend the log, then ask again; AUDIT=best-effort releases without a record and says so.',
    retriable: true,
    cause,
  });
}
