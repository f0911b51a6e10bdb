/**
 * Which passages hold each term, and how often, in two typed arrays shared by all terms. Most terms are rare, and an array per
 * term would cost more in headers than in numbers. A term's slice is of a power of two; one that is outgrown is given to the next
 * term that needs its size.
 */
/** Where a term's entries lie in the arena. */
export interface Slice {
  start: number;
  /** Entries written; room for `2 ** sizeClass`. */
  length: number;
  sizeClass: number;
}

const ENTRIES_MIN = 1_024;
const COUNT_MAX = 0xffff;

export class Postings {
  readonly #slices = new Map<string, Slice>();
  /** Starts of slices that nobody uses, by size class. */
  readonly #free: number[][] = [];
  #passages = new Int32Array(ENTRIES_MIN);
  #counts = new Uint16Array(ENTRIES_MIN);
  #used = 0;

  /** Passage numbers, ascending within a slice. Replaced when the arena grows: read it again after an `add`. */
  get passages(): Int32Array {
    return this.#passages;
  }

  /** How often the term occurs in the passage at the same place of `passages`. */
  get counts(): Uint16Array {
    return this.#counts;
  }

  /** Undefined for a term that no passage holds. */
  sliceOf(term: string): Readonly<Slice> | undefined {
    return this.#slices.get(term);
  }

  /** How often the slice's term occurs in the passage. */
  countIn({ start, length }: Readonly<Slice>, passage: number): number {
    const passages = this.#passages;
    let low = start;
    let high = start + length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((passages[middle] ?? 0) < passage) low = middle + 1;
      else high = middle;
    }
    return low < start + length && passages[low] === passage ? (this.#counts[low] ?? 0) : 0;
  }

  /** Passages are added in ascending order of their number. */
  add(term: string, passage: number, count: number): void {
    const slice = this.#slices.get(term) ?? this.#newSlice(term);
    if (slice.length === 2 ** slice.sizeClass) this.#grow(slice);
    const at = slice.start + slice.length;
    this.#passages[at] = passage;
    this.#counts[at] = Math.min(count, COUNT_MAX);
    slice.length += 1;
  }

  /** Gives passages their new numbers, which keep their order; entries of those whose number is negative go. */
  renumber(numbers: Int32Array): void {
    for (const [term, slice] of this.#slices) {
      let kept = slice.start;
      for (let at = slice.start; at < slice.start + slice.length; at++) {
        const number = numbers[this.#passages[at] ?? 0] ?? -1;
        if (number < 0) continue;
        this.#passages[kept] = number;
        this.#counts[kept] = this.#counts[at] ?? 0;
        kept += 1;
      }
      slice.length = kept - slice.start;
      if (slice.length > 0) continue;
      this.#slices.delete(term);
      this.#freeOf(slice.sizeClass).push(slice.start);
    }
  }

  #newSlice(term: string): Slice {
    const slice = { start: this.#allocate(0), length: 0, sizeClass: 0 };
    this.#slices.set(term, slice);
    return slice;
  }

  #grow(slice: Slice): void {
    const { start, length, sizeClass } = slice;
    slice.start = this.#allocate(sizeClass + 1);
    slice.sizeClass = sizeClass + 1;
    this.#passages.copyWithin(slice.start, start, start + length);
    this.#counts.copyWithin(slice.start, start, start + length);
    this.#freeOf(sizeClass).push(start);
  }

  #allocate(sizeClass: number): number {
    const reused = this.#freeOf(sizeClass).pop();
    if (reused !== undefined) return reused;
    const start = this.#used;
    this.#used += 2 ** sizeClass;
    if (this.#used > this.#passages.length) this.#enlarge();
    return start;
  }

  #enlarge(): void {
    // By a quarter at least, since doubling would leave half of a large arena empty.
    const entries = Math.max(this.#used, Math.ceil(this.#passages.length * 1.25));
    const [passages, counts] = [new Int32Array(entries), new Uint16Array(entries)];
    passages.set(this.#passages);
    counts.set(this.#counts);
    [this.#passages, this.#counts] = [passages, counts];
  }

  #freeOf(sizeClass: number): number[] {
    while (this.#free.length <= sizeClass) this.#free.push([]);
    return this.#free[sizeClass] ?? [];
  }
}
