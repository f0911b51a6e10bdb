/**
 * An audit record as bytes. The key is the snapshot id; the value is one line of JSON that says for whom and on what request, then the
 * manifest as the very bytes the id is the hash of.
 */
import { z } from 'zod';
import { type Digest, isDigest } from '../domain/canonical.js';
import type { LogRecord } from '../log/port.js';
import type { AuditEntry } from './port.js';

const headSchema = z.object({
  id: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  tenant: z.string(),
  releasedTo: z.object({ subject: z.string(), scopes: z.array(z.string()).readonly() }),
  requestId: z.string(),
  traceparent: z.string().nullable(),
  correlationId: z.string().optional(),
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

export interface AuditBytes {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export class AuditEncoder {
  readonly #slab = new TextSlab();

  encode(entry: AuditEntry): AuditBytes {
    const { manifest, ...head } = entry;
    const value = this.#slab.encode(`${JSON.stringify(head satisfies z.infer<typeof headSchema>)}\n`, manifest);
    return { key: Buffer.from(entry.id, 'latin1'), value };
  }
}

/** Undefined for a record that is not in this shape, or is about another snapshot. */
export function decodeAudit({ value }: LogRecord, id: Digest): AuditEntry | undefined {
  const text = decoder.decode(value ?? new Uint8Array());
  const end = text.indexOf('\n');
  if (end < 0) return undefined;
  try {
    const { success, data } = headSchema.safeParse(JSON.parse(text.slice(0, end)));
    return success && data.id === id ? { ...data, manifest: text.slice(end + 1) } : undefined;
  } catch {
    return undefined;
  }
}

/** A record as it is put into a topic; `id` is what its key says. */
export interface Shipment {
  readonly id: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export function shipmentOf({ key, value }: LogRecord): Shipment {
  return { id: idInKey({ key }), key, value };
}

/** The id that a record's key says it is about; another text in records that are not ours. */
export function idInKey({ key }: Pick<LogRecord, 'key'>): string {
  return key === null ? '' : decoder.decode(key);
}
