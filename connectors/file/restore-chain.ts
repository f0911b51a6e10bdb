/**
 * Which records of which archived segments follow each other. Segments of one owner join without a gap: each begins at the end of the
 * one before it. Those of two owners may overlap, because the older one still wrote when the newer one had begun, and closed its
 * segments elsewhere. Then:
 *
 *   1. Where a segment of the same or a newer owner begins, the one before it ends.
 *   2. A segment of an older owner is left out, unless it goes on where the chain ends, and what of the chain it repeats it repeats
 *      record by record. A newer owner that found it there, and the same records in it, has left it in place of its own.
 *      One whose leader epoch is lower than that of the chain's last record is of a history that was lost.
 *   3. What does not begin at or before the chain's end is not used, nor is anything after it: records are missing in between.
 *
 * So no record comes twice, and none is passed over.
 */
import {
  compareRecords,
  cutSegment,
  firstLeaderEpoch,
  lastLeaderEpoch,
  type WholeSegment,
} from './archived-segment.js';

export type Linked =
  /** Part of the chain now, or left out for good. */
  { readonly kind: 'taken' } | { readonly kind: 'broken'; readonly reason: string };

const TAKEN: Linked = { kind: 'taken' };
/** Behind every offset. */
const FAR = 2n ** 64n;

export class SegmentChain {
  readonly #write: (segment: WholeSegment) => Promise<void>;
  /** Where the chain may go on at most: the base of what the folder has behind it. */
  readonly #to: bigint;
  /** What the folder has in front of it, whose records are not to be changed. */
  readonly #local: WholeSegment | undefined;
  /** The end of what has been written. */
  #end: bigint;
  /** Not yet written: the next segment may cut it. */
  #held: WholeSegment | undefined;
  #ownerEpoch = 0;

  constructor(
    around: { readonly local: WholeSegment | undefined; readonly from: bigint; readonly to: bigint | undefined },
    write: (segment: WholeSegment) => Promise<void>,
  ) {
    this.#local = around.local;
    this.#end = around.from;
    this.#to = around.to ?? FAR;
    this.#write = write;
  }

  /** The offset after the last record of the chain. */
  get end(): bigint {
    return this.#held?.end ?? this.#end;
  }

  /** Segments come in the order of their bases. */
  async link(next: WholeSegment): Promise<Linked> {
    if (next.ownerEpoch < this.#ownerEpoch) return this.#continueBy(next);
    const held = this.#held;
    // It begins no later than what is held, and its owner is no older: it takes its place.
    if (held !== undefined && next.baseOffset <= held.baseOffset) this.#held = undefined;
    if (next.baseOffset > this.end) return this.#missing(next);
    if (this.#held === undefined) return this.#join(next);
    const before = cutSegment(this.#held, this.#held.baseOffset, next.baseOffset);
    this.#held = before;
    if (before.end !== next.baseOffset) return this.#missing(next);
    await this.flush();
    this.#hold(next);
    return TAKEN;
  }

  /** Writes what is held. */
  async flush(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || held.baseOffset >= this.#to) return;
    const segment = held.end > this.#to ? cutSegment(held, held.baseOffset, this.#to) : held;
    if (segment.end === segment.baseOffset) return;
    await this.#write(segment);
    this.#end = segment.end;
  }

  /** The first one behind what the folder has. */
  #join(next: WholeSegment): Linked {
    const local = this.#local;
    if (local !== undefined && next.baseOffset < local.end) {
      const comparison = compareRecords(local, next);
      if (comparison.kind === 'differs') {
        const reason = `at offset ${comparison.at} the archive has another history than the folder`;
        return { kind: 'broken', reason };
      }
    }
    if (next.end <= this.#end) return TAKEN;
    this.#hold(next.baseOffset < this.#end ? cutSegment(next, this.#end, FAR) : next);
    return TAKEN;
  }

  /** By a segment of an older owner. */
  async #continueBy(older: WholeSegment): Promise<Linked> {
    const held = this.#held;
    if (held === undefined || older.baseOffset > held.end || older.end <= held.end) return TAKEN;
    if (compareRecords(held, older).kind !== 'covered') return TAKEN;
    const rest = cutSegment(older, held.end, FAR);
    if (firstLeaderEpoch(rest) < lastLeaderEpoch(held)) return TAKEN;
    await this.flush();
    this.#held = rest;
    return TAKEN;
  }

  #hold(next: WholeSegment): void {
    this.#held = next;
    this.#ownerEpoch = next.ownerEpoch;
  }

  #missing({ baseOffset }: WholeSegment): Linked {
    return { kind: 'broken', reason: `the archive has nothing from offset ${this.end} up to ${baseOffset}` };
  }
}
