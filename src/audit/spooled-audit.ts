/**
 * The audit log of an instance whose log others own (P9): a record is on this machine's disk before the reply and in the audit topic
 * soon after it. The topic may be away for as long as the spool holds; then nothing is released. A lost disk loses what it had not shipped.
 */

import type { Digest } from '../domain/canonical.js';
import type { Clock } from '../domain/clock.js';
import { partitionKey } from '../domain/position.js';
import type { LogAudit } from './log-audit.js';
import type { AuditPlace } from './place.js';
import type { AuditEntry, AuditFinding, AuditLog, AuditReport, SpoolReading } from './port.js';
import { readAudit } from './read.js';
import { AuditEncoder, idInKey } from './record.js';
import type { RecordedIds } from './recorded-ids.js';
import { Shipper } from './shipper.js';
import type { AuditSpool } from './spool.js';
import { auditUnavailable, spoolFull } from './unavailable.js';
import { Unshipped } from './unshipped.js';

export interface SpooledAuditParts {
  /** That of the topic. */
  readonly audit: LogAudit;
  readonly spool: AuditSpool;
  readonly clock: Clock;
  readonly report: AuditReport;
}

export class SpooledAudit implements AuditLog {
  readonly #parts: SpooledAuditParts;
  readonly #unshipped: Unshipped;
  readonly #encoder = new AuditEncoder();

  private constructor(parts: SpooledAuditParts, unshipped: Unshipped) {
    this.#parts = parts;
    this.#unshipped = unshipped;
  }

  /** Reads what an earlier run has left unshipped. */
  static async open(parts: SpooledAuditParts): Promise<SpooledAudit> {
    const { log, topic } = parts.spool;
    const key = partitionKey(topic, 0);
    const end = (await log.ends()).get(key) ?? 0n;
    const start = (await log.starts()).get(key) ?? 0n;
    const marked = (await log.committed()).get(key) ?? -1n;
    // Only what has been shipped is ever let go.
    const shipped = marked < start ? start - 1n : marked;
    // A mark past the end is of records that the disk has lost: what takes their offsets has not been shipped.
    const unshipped = new Unshipped(shipped < end ? shipped : end - 1n);
    await log.commit(new Map([[key, unshipped.through]])).catch(() => undefined);
    for await (const records of log.scan(topic, 0, unshipped.through + 1n, end)) {
      for (const record of records) {
        const id = idInKey(record);
        const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0);
        const spooled = { id, bytes, writtenMs: record.timestampMs };
        unshipped.add(record.position.offset, spooled, parts.audit.recorded.has(id));
      }
    }
    return new SpooledAudit(parts, unshipped);
  }

  get recorded(): RecordedIds {
    return this.#parts.audit.recorded;
  }

  get count(): number {
    return this.recorded.count + this.#unshipped.ids;
  }

  get spool(): SpoolReading {
    return this.#unshipped.reading(this.#parts.clock.wallMs());
  }

  async record(entry: AuditEntry): Promise<AuditPlace> {
    const { spool, clock, audit } = this.#parts;
    const { key, value } = this.#encoder.encode(entry);
    const bytes = key.length + value.length;
    if (!this.#unshipped.begin(bytes)) throw spoolFull(this.spool);
    try {
      const [position] = await spool.log.append([{ topic: spool.topic, headers: [], key, value }]);
      if (position === undefined) throw auditUnavailable(undefined);
      const { offset } = position;
      const spooled = { id: entry.id, bytes, writtenMs: clock.wallMs(), content: { key, value } };
      this.#unshipped.add(offset, spooled, audit.recorded.has(entry.id));
      return { kind: 'spooled', topic: audit.topic, offset };
    } catch (cause) {
      throw auditUnavailable(cause);
    } finally {
      this.#unshipped.end(bytes);
    }
  }

  /** The first release counts: one in the topic before one that is still to get there. */
  async find(tenant: string, id: Digest): Promise<AuditFinding> {
    const { audit, spool } = this.#parts;
    const offset = audit.recorded.has(id) ? undefined : this.#unshipped.find(id);
    if (offset === undefined) return audit.find(tenant, id);
    const at = { tenant, id, topic: spool.topic, offset };
    const finding = await readAudit(spool.log, at, () => ({ kind: 'spooled', topic: audit.topic, offset }));
    // Shipped and let go since it was looked up.
    return finding.kind === 'expired' ? audit.find(tenant, id) : finding;
  }

  /** Until `signal` aborts and what was left is shipped, or could not be in time. */
  async ship(signal: AbortSignal): Promise<void> {
    await new Shipper({ ...this.#parts, unshipped: this.#unshipped }).run(signal);
  }
}
