/**
 * Ships the spool to the audit topic: in order, at least once. What may or may not have been taken is shipped again, and whoever reads
 * the topic goes by the first record of an id.
 */
import type { Clock } from '../domain/clock.js';
import { partitionKey } from '../domain/position.js';
import { limits } from '../limits.js';
import type { LogAudit } from './log-audit.js';
import type { AuditReport } from './port.js';
import { type Shipment, shipmentOf } from './record.js';
import type { AuditSpool } from './spool.js';
import type { Unshipped } from './unshipped.js';

export interface ShipperParts {
  readonly audit: LogAudit;
  readonly spool: AuditSpool;
  readonly unshipped: Unshipped;
  readonly clock: Clock;
  readonly report: AuditReport;
}

interface Batch {
  readonly records: readonly Shipment[];
  /** Offset of the last of them. */
  readonly through: bigint;
}

export class Shipper {
  readonly #parts: ShipperParts;
  #isFailing = false;
  #markedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ShipperParts) {
    this.#parts = parts;
  }

  /** Until `signal` aborts; then what is left is shipped, for as long as `limits.drainMs`. The next start ships the rest. */
  async run(signal: AbortSignal): Promise<void> {
    const { unshipped, clock } = this.#parts;
    const over = new AbortController();
    const stop = () => void this.#drain(over);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    const wake = () => unshipped.ring();
    over.signal.addEventListener('abort', wake, { once: true });
    try {
      while (!over.signal.aborted) {
        const news = unshipped.news();
        const next = await this.#next();
        if (next === undefined) {
          await news;
          continue;
        }
        if (!(await this.#ship(next.records, over.signal))) break;
        unshipped.shipped(next.through);
        await this.#mark(limits.auditSpoolMarkMs);
        if (signal.aborted && unshipped.records === 0) over.abort();
        // What comes meanwhile shares the next append: one for each record would cost the answers more than the record did.
        if (unshipped.records < limits.sliceRecordsMax) await clock.sleep(limits.auditShipPauseMs, signal);
      }
    } finally {
      signal.removeEventListener('abort', stop);
      over.abort();
      await this.#mark(0);
    }
  }

  /** As much of what waits as fits an append, from memory where it is there. */
  async #next(): Promise<Batch | undefined> {
    const next = this.#parts.unshipped.next(limits.copiedRecordsMax, limits.auditShipBytesMax);
    if (next.kind === 'none') return undefined;
    if (next.kind === 'held') return next;
    const { log, topic } = this.#parts.spool;
    const records: Shipment[] = [];
    let through = next.from - 1n;
    for await (const slice of log.scan(topic, 0, next.from, next.through + 1n)) {
      for (const record of slice) records.push(shipmentOf(record));
      through = slice.at(-1)?.position.offset ?? through;
    }
    if (through !== next.through) throw new Error('the spool does not have what it acknowledged');
    return { records, through };
  }

  async #drain(over: AbortController): Promise<void> {
    if (this.#parts.unshipped.records > 0) await this.#parts.clock.sleep(limits.drainMs, over.signal);
    over.abort();
  }

  /** False when it was given up. */
  async #ship(records: readonly Shipment[], over: AbortSignal): Promise<boolean> {
    const { clock } = this.#parts;
    let pauseMs: number = limits.auditShipRetryMs;
    while (!over.aborted) {
      const ended = new AbortController();
      const outcome = await Promise.race([this.#shipOnce(records), aborted(over, ended.signal)]);
      ended.abort();
      if (outcome === 'shipped') return true;
      await clock.sleep(pauseMs, over);
      pauseMs = Math.min(2 * pauseMs, limits.auditShipRetryMsMax);
    }
    return false;
  }

  async #shipOnce(records: readonly Shipment[]): Promise<'shipped' | 'failed'> {
    const { audit, report } = this.#parts;
    try {
      await audit.ship(records);
    } catch (error) {
      if (!this.#isFailing) report.shippingFailed(error);
      this.#isFailing = true;
      return 'failed';
    }
    if (this.#isFailing) report.shippingResumed();
    this.#isFailing = false;
    return 'shipped';
  }

  /** Remembers how far shipping has come and lets go of what lies before; not more often than every so many milliseconds. */
  async #mark(pauseMs: number): Promise<void> {
    const { spool, unshipped, clock } = this.#parts;
    if (clock.monotonicMs() - this.#markedMs < pauseMs) return;
    this.#markedMs = clock.monotonicMs();
    const through = new Map([[partitionKey(spool.topic, 0), unshipped.through]]);
    // What is not remembered is shipped again, and what does not go now goes the next time.
    await spool.log.commit(through).catch(() => undefined);
    await spool.log.expire(through, clock.wallMs()).catch(() => undefined);
  }
}

function aborted(signal: AbortSignal, ended: AbortSignal): Promise<'given_up'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('given_up');
    signal.addEventListener('abort', () => resolve('given_up'), { signal: ended });
  });
}
