/**
 * Carries sealed segments of a journal to the archive, in the background: of one partition in the order of their offsets, of several
 * at once. While the archive cannot be reached segments stay in the folder and are tried again, for as long as it takes.
 */
import { type Clock, systemClock } from '../../src/domain/clock.js';
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import type { ArchivedSegment, JournalArchive, SegmentName } from '../../src/journal/archive-port.js';
import { limits } from '../../src/limits.js';
import { type FileSystemPort, nodeFiles } from './files.js';
import type { SealedSegment } from './journal-types.js';
import { type Attempt, type Carrier, shipSegment } from './shipping-attempt.js';

export interface ShippingOptions {
  readonly archive: JournalArchive;
  /** Of the log that the journal copies. */
  readonly id: string;
  /** What `archive.claim` gave this process before it restored and opened the journal. */
  readonly ownerEpoch: number;
  /** Sealed segments that the journal was opened with; later ones come by `add`. */
  readonly sealed: readonly SealedSegment[];
  readonly onReport: (report: ShippingReport) => void;
  readonly clock?: Clock;
  /** Tests put faults here. */
  readonly files?: FileSystemPort;
}

export type ShippingReport =
  | { readonly kind: 'shipped'; readonly segment: SealedSegment }
  /** Once per silence; `reachable` ends it. */
  | { readonly kind: 'unreachable'; readonly error: unknown }
  | { readonly kind: 'reachable' }
  /** A newer owner has the log. Nothing more is shipped, and the process should take no more work. */
  | { readonly kind: 'taken_over' }
  /** Nothing more of this partition is shipped. */
  | { readonly kind: 'stuck'; readonly segment: SealedSegment; readonly reason: string };

export interface ShippingProgress {
  readonly state: 'shipping' | 'unreachable' | 'taken_over' | 'stopped';
  readonly segmentsWaiting: number;
  readonly stuck: readonly PartitionKey[];
  /** The offset after the last shipped record per partition. */
  readonly shippedThrough: ReadonlyMap<PartitionKey, bigint>;
}

interface Lane {
  readonly waiting: SealedSegment[];
  isBusy: boolean;
  isStuck: boolean;
}

export class Shipping {
  readonly #options: ShippingOptions;
  readonly #carrier: Carrier;
  readonly #lanes = new Map<PartitionKey, Lane>();
  readonly #through = new Map<PartitionKey, bigint>();
  readonly #stop = new AbortController();
  readonly #work = new Set<Promise<void>>();
  /** Of the segments that the archive had at the start, the newest owner's by where they begin; undefined until it has told. */
  #archived: ReadonlyMap<string, ArchivedSegment> | undefined;
  #state: ShippingProgress['state'] = 'shipping';

  private constructor(options: ShippingOptions) {
    this.#options = options;
    const { archive, id: logId, ownerEpoch, files = nodeFiles } = options;
    const found = (name: SegmentName) => this.#archived?.get(placeOf(name));
    this.#carrier = { archive, files, logId, ownerEpoch, found };
  }

  static start(options: ShippingOptions): Shipping {
    const shipping = new Shipping(options);
    for (const segment of options.sealed) shipping.#enqueue(segment);
    shipping.#track(shipping.#begin());
    return shipping;
  }

  /** Segments of one partition come in the order of their offsets. */
  add(segment: SealedSegment): void {
    this.#enqueue(segment);
    if (this.#archived !== undefined) this.#startWorkers();
  }

  /** The archive has every record of the partition before this offset; undefined: nothing is known to be there. */
  shippedThrough(partition: PartitionKey): bigint | undefined {
    return this.#through.get(partition);
  }

  progress(): ShippingProgress {
    const lanes = [...this.#lanes];
    return {
      state: this.#state,
      segmentsWaiting: lanes.reduce((sum, [, { waiting }]) => sum + waiting.length, 0),
      stuck: lanes.filter(([, { isStuck }]) => isStuck).map(([key]) => key),
      shippedThrough: new Map(this.#through),
    };
  }

  /** Resolves when nothing is left that could be shipped, which is never while the archive cannot be reached. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Ends pauses, waits for what is under way. What was not shipped is found at the next start. */
  async stop(): Promise<void> {
    if (this.#state !== 'taken_over') this.#state = 'stopped';
    this.#stop.abort();
    await this.idle();
  }

  async #begin(): Promise<void> {
    const { archive, id } = this.#options;
    const listed = await this.#untilReachable(() => archive.list(id));
    if (listed === undefined) return;
    this.#archived = new Map(listed.map((one) => [placeOf(one), one]));
    this.#startWorkers();
  }

  #enqueue(segment: SealedSegment): void {
    const key = keyOf(segment);
    const lane = this.#lanes.get(key) ?? { waiting: [], isBusy: false, isStuck: false };
    this.#lanes.set(key, lane);
    lane.waiting.push(segment);
  }

  #startWorkers(): void {
    for (const lane of this.#lanes.values()) {
      const busy = [...this.#lanes.values()].filter(({ isBusy }) => isBusy).length;
      if (busy >= limits.archiveTransfersMax || this.#stop.signal.aborted) return;
      if (lane.isBusy || lane.isStuck || lane.waiting.length === 0) continue;
      lane.isBusy = true;
      const run = this.#runLane(lane).then(() => {
        lane.isBusy = false;
        this.#startWorkers();
      });
      this.#track(run);
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #runLane(lane: Lane): Promise<void> {
    for (let segment = lane.waiting[0]; segment !== undefined && !lane.isStuck; segment = lane.waiting[0]) {
      const next = segment;
      const attempt = await this.#untilReachable(() => shipSegment(this.#carrier, next));
      if (attempt === undefined) return;
      this.#settle(lane, next, attempt);
      if (attempt.kind === 'taken_over') return;
    }
  }

  #settle(lane: Lane, segment: SealedSegment, attempt: Attempt): void {
    if (attempt.kind === 'shipped') {
      lane.waiting.shift();
      this.#through.set(keyOf(segment), segment.end);
      this.#options.onReport({ kind: 'shipped', segment });
    } else if (attempt.kind === 'stuck') {
      lane.isStuck = true;
      this.#options.onReport({ kind: 'stuck', segment, reason: attempt.reason });
    } else if (this.#state !== 'taken_over') {
      this.#state = 'taken_over';
      this.#stop.abort();
      this.#options.onReport({ kind: 'taken_over' });
    }
  }

  /** Undefined when shipping was stopped meanwhile. */
  async #untilReachable<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    const { clock = systemClock, onReport } = this.#options;
    const { signal } = this.#stop;
    for (let pauseMs: number = limits.shippingRetryMs; !signal.aborted; ) {
      try {
        const answer = await attempt();
        if (this.#state === 'unreachable') {
          this.#state = 'shipping';
          onReport({ kind: 'reachable' });
        }
        return answer;
      } catch (error) {
        if (this.#state === 'shipping') {
          this.#state = 'unreachable';
          onReport({ kind: 'unreachable', error });
        }
        // A key that was taken back may be given again: what needs mending is tried seldom, and still tried.
        const passes = error instanceof TidemarkError && error.retriable;
        await clock.sleep(passes ? pauseMs : limits.shippingRetryMsMax, signal);
        pauseMs = Math.min(2 * pauseMs, limits.shippingRetryMsMax);
      }
    }
    return undefined;
  }
}

function keyOf({ topic, partition }: SealedSegment): PartitionKey {
  return partitionKey(topic, partition);
}

function placeOf({ topic, incarnationId, partition, baseOffset }: SegmentName): string {
  return JSON.stringify([topic, incarnationId, partition, String(baseOffset)]);
}
