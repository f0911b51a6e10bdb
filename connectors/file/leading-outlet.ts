/**
 * The way of a journal to an archive that several instances fill, each from a copy of its own: the one that leads ships, the others
 * note what they would have to. Whoever comes to lead claims the archive, so that who led before writes nothing more there, and ships
 * what its own copy has from about where the archive ends. The copies close their segments at different offsets: how such segments
 * join is `restore-chain.ts`'s.
 */
import { type Clock, systemClock } from '../../src/domain/clock.js';
import type { PartitionKey } from '../../src/domain/position.js';
import type { ArchivedSegment } from '../../src/journal/archive-port.js';
import { limits } from '../../src/limits.js';
import type { SealedSegment } from './journal-types.js';
import type { JournalOutlet } from './journaled-log-outlet.js';
import { Shipping, type ShippingOptions, type ShippingProgress } from './shipping.js';

/** Who of those that share an archive ships. It may be in doubt for a while: the claim decides. */
export interface Leadership {
  leads(): boolean;
  /** Called when it may have changed. Returns how to stop. */
  watch(listener: () => void): () => void;
}

export interface LeadingOutletOptions extends Omit<ShippingOptions, 'sealed' | 'ownerEpoch'> {
  readonly leadership: Leadership;
}

export class LeadingOutlet implements JournalOutlet {
  readonly #options: LeadingOutletOptions;
  readonly #clock: Clock;
  /** Of this journal, in the order of their offsets per partition; not those that are known to be in the archive. */
  readonly #waiting = new Set<SealedSegment>();
  readonly #ended = new AbortController();
  #shipping: Shipping | undefined;
  /** One change of who leads after the other. */
  #turns: Promise<void> = Promise.resolve();
  #forgetAt: number = limits.archiveFollowedMax;
  #unwatch: () => void = () => undefined;

  constructor(options: LeadingOutletOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  begin(sealed: readonly SealedSegment[]): void {
    for (const segment of sealed) this.#waiting.add(segment);
    this.#unwatch = this.#options.leadership.watch(() => this.#turn());
    this.#turn();
  }

  add(segment: SealedSegment): void {
    this.#waiting.add(segment);
    this.#shipping?.add(segment);
    if (this.#waiting.size < this.#forgetAt) return;
    // Doubled first: while the archive cannot be asked it is not asked for each segment.
    this.#forgetAt *= 2;
    if (this.#shipping === undefined) void this.#forgetFollowed().catch(() => undefined);
  }

  leftBefore(partition: PartitionKey): bigint | undefined {
    return this.#shipping?.shippedThrough(partition);
  }

  progress(): { readonly state: ShippingProgress['state'] | 'following'; readonly segmentsWaiting: number } {
    return this.#shipping?.progress() ?? { state: 'following', segmentsWaiting: 0 };
  }

  /** What is not in the archive after `limits.shippingStopMs` stays in the folder: whoever leads next ships it from its own copy. */
  async end(): Promise<void> {
    this.#unwatch();
    this.#ended.abort();
    await this.#turns;
    const shipping = this.#shipping;
    if (shipping === undefined) return;
    const waiting = new AbortController();
    await Promise.race([shipping.idle(), this.#clock.sleep(limits.shippingStopMs, waiting.signal)]);
    waiting.abort();
    await shipping.stop();
  }

  #turn(): void {
    this.#turns = this.#turns.then(() => this.#settle());
  }

  async #settle(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    const leads = this.#options.leadership.leads();
    const shipping = this.#shipping;
    // Claimed by another while this one leads by all that is known: it is claimed again.
    if (shipping !== undefined && (!leads || shipping.progress().state === 'taken_over')) {
      this.#shipping = undefined;
      await shipping.stop();
    }
    if (leads && this.#shipping === undefined) await this.#begin();
  }

  /** Tries for as long as this one leads. */
  async #begin(): Promise<void> {
    const { archive, id, leadership, onReport } = this.#options;
    const { signal } = this.#ended;
    for (let isTold = false; leadership.leads() && !signal.aborted; isTold = true) {
      try {
        const ownerEpoch = await archive.claim(id);
        this.#forget(await archive.list(id));
        const report: ShippingOptions['onReport'] = (one) => {
          if (one.kind === 'shipped') this.#waiting.delete(one.segment);
          onReport(one);
        };
        this.#shipping = Shipping.start({
          ...this.#options,
          ownerEpoch,
          sealed: [...this.#waiting],
          onReport: report,
        });
        if (isTold) onReport({ kind: 'reachable' });
        return;
      } catch (error) {
        if (!isTold) onReport({ kind: 'unreachable', error });
        await this.#clock.sleep(limits.shippingRetryMsMax, signal);
      }
    }
  }

  async #forgetFollowed(): Promise<void> {
    const { archive, id } = this.#options;
    this.#forget(await archive.list(id));
    this.#forgetAt = Math.max(limits.archiveFollowedMax, 2 * this.#waiting.size);
  }

  /**
   * What another has shipped: everything before the base of the archive's last segment of the partition. A journal that does not reach
   * that far forgets nothing: either it is behind, or the archive's end is of a history that the log has lost.
   */
  #forget(archived: readonly ArchivedSegment[]): void {
    const lastBases = new Map<string, bigint>();
    for (const one of archived) {
      const place = `${one.topic} ${one.incarnationId} ${one.partition}`;
      const base = lastBases.get(place) ?? -1n;
      if (one.baseOffset > base) lastBases.set(place, one.baseOffset);
    }
    const placeOf = ({ topic, incarnation, partition }: SealedSegment) => `${topic} ${incarnation.id} ${partition}`;
    const reaching = new Set<string>();
    for (const segment of this.#waiting) {
      if (segment.end > (lastBases.get(placeOf(segment)) ?? -1n)) reaching.add(placeOf(segment));
    }
    for (const segment of this.#waiting) {
      const place = placeOf(segment);
      if (reaching.has(place) && segment.end <= (lastBases.get(place) ?? -1n)) this.#waiting.delete(segment);
    }
  }
}
