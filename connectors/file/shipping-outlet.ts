/** The way of a journal's sealed segments to its archive, from the opening of the journal to its end. */
import { systemClock } from '../../src/domain/clock.js';
import type { PartitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import type { SealedSegment } from './journal-types.js';
import type { JournalOutlet } from './journaled-log-outlet.js';
import { Shipping, type ShippingOptions, type ShippingProgress } from './shipping.js';

export class ShippingOutlet implements JournalOutlet {
  readonly #options: Omit<ShippingOptions, 'sealed'>;
  #shipping: Shipping | undefined;

  constructor(options: Omit<ShippingOptions, 'sealed'>) {
    this.#options = options;
  }

  begin(sealed: readonly SealedSegment[]): void {
    this.#shipping = Shipping.start({ ...this.#options, sealed });
  }

  add(segment: SealedSegment): void {
    this.#shipping?.add(segment);
  }

  leftBefore(partition: PartitionKey): bigint | undefined {
    return this.#shipping?.shippedThrough(partition);
  }

  /** Undefined before `begin`. */
  progress(): ShippingProgress | undefined {
    return this.#shipping?.progress();
  }

  /** What is not in the archive after `limits.shippingStopMs` stays in the folder, and is shipped after the next start. */
  async end(): Promise<void> {
    const shipping = this.#shipping;
    if (shipping === undefined) return;
    const { clock = systemClock } = this.#options;
    const waiting = new AbortController();
    await Promise.race([shipping.idle(), clock.sleep(limits.shippingStopMs, waiting.signal)]);
    waiting.abort();
    await shipping.stop();
  }
}
