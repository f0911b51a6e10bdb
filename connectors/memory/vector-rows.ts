/**
 * The vectors of one corpus as 8-bit rows, each with its own scale, and the bound of what that rounding can have cost. For rows
 * `v = s·a + e` and a question `q = t·b + f` the true product differs from `s·t·(a·b)` by `q·e + f·s·a`, which is at most
 * `|q|·|e| + |f|·|s·a|` (Cauchy and Schwarz). So a vector that cannot be among the best is known without reading it exactly.
 */
import { NOBODY, type PassageTable } from './bm25-passages.js';
import { BLOCK_ROWS, type Block, type VectorArena } from './vector-arena.js';

const ROW_MAX = 127;
const QUERY_MAX = 32_767;
const SUM_MAX = 2 ** 31 - 1;
/** Of the kernel's two 32-bit roundings, of the bounds kept in 32 bits, and of all sums in doubles, generously. */
const ROUNDING_SHARE = 2 ** -20;

/** Dot products with all rows: for row `i` within `slack + length * errors[i]` of `dots[i] * scale`. */
export interface Approximation {
  readonly scale: number;
  readonly slack: number;
  readonly length: number;
}

export class QuantizedRows {
  /** Rows there are: those of the passages with the same numbers. */
  count = 0;
  /** Length of what each row leaves out of its vector. */
  errors = new Float32Array(0);
  /** Of the last `approximate`, by row. */
  dots = new Float32Array(0);
  readonly #arena: VectorArena;
  #blocks: Block[] = [];
  #stride = 0;
  /** The greatest length of a row, as it is kept. */
  #lengthMax = 0;

  constructor(arena: VectorArena) {
    this.#arena = arena;
  }

  /** Takes over the vectors of passages it does not have yet. */
  follow({ vectors, dimensions, count }: PassageTable): void {
    this.#stride = Math.ceil(dimensions / 16) * 16;
    this.#reserve(count);
    for (; this.count < count; this.count++) {
      this.#put(this.count, vectors.subarray(this.count * dimensions, (this.count + 1) * dimensions));
    }
  }

  /** Gives rows their new numbers, which keep their order; those with `NOBODY` go. */
  renumber(numbers: Int32Array): void {
    let kept = 0;
    for (let old = 0; old < this.count; old++) {
      if ((numbers[old] ?? NOBODY) === NOBODY) continue;
      if (kept !== old) this.#move(old, kept);
      kept += 1;
    }
    this.count = kept;
    const needed = Math.ceil(kept / BLOCK_ROWS);
    for (const block of this.#blocks.splice(needed)) this.#arena.release(this.#stride, block);
  }

  /** Fills `dots` for all rows. */
  approximate(vector: Float32Array): Approximation {
    const { kernel } = this.#arena;
    const stride = this.#stride;
    const { queryAt, outAt } = this.#arena.desk(stride);
    const query = new Int16Array(kernel.buffer, queryAt, stride).fill(0);
    const most = Math.min(QUERY_MAX, Math.floor(SUM_MAX / (ROW_MAX * stride)));
    const scale = greatestOf(vector) / most;
    const [length, left] = quantize(vector, { scale, most }, query);
    const out = new Float32Array(kernel.buffer, outAt, BLOCK_ROWS);
    for (const [i, { rowsAt, scalesAt }] of this.#blocks.entries()) {
      const first = i * BLOCK_ROWS;
      const count = Math.min(BLOCK_ROWS, this.count - first);
      kernel.dots({ rowsAt, count, stride, queryAt, scalesAt, outAt });
      this.dots.set(count === BLOCK_ROWS ? out : out.subarray(0, count), first);
    }
    return { scale, length, slack: left * this.#lengthMax + length * this.#lengthMax * ROUNDING_SHARE };
  }

  #put(number: number, vector: Float32Array): void {
    const { row, scales, at } = this.#place(number);
    const scale = Math.fround(greatestOf(vector) / ROW_MAX);
    const [length, left] = quantize(vector, { scale, most: ROW_MAX }, row.fill(0));
    scales[at] = scale;
    // A vector that is not made of numbers is never ruled out.
    this.errors[number] = Number.isFinite(left) ? left * (1 + ROUNDING_SHARE) : Number.POSITIVE_INFINITY;
    if (Number.isFinite(left)) this.#lengthMax = Math.max(this.#lengthMax, length + left);
  }

  #move(from: number, to: number): void {
    const [source, target] = [this.#place(from), this.#place(to)];
    target.row.set(source.row);
    target.scales[target.at] = source.scales[source.at] ?? 0;
    this.errors[to] = this.errors[from] ?? 0;
  }

  #place(number: number): { readonly row: Int8Array; readonly scales: Float32Array; readonly at: number } {
    const { buffer } = this.#arena.kernel;
    const at = number % BLOCK_ROWS;
    const { rowsAt, scalesAt } = this.#blocks[(number - at) / BLOCK_ROWS] ?? { rowsAt: 0, scalesAt: 0 };
    return {
      row: new Int8Array(buffer, rowsAt + at * this.#stride, this.#stride),
      scales: new Float32Array(buffer, scalesAt, BLOCK_ROWS),
      at,
    };
  }

  #reserve(count: number): void {
    while (this.#blocks.length * BLOCK_ROWS < count) this.#blocks.push(this.#arena.block(this.#stride));
    if (count <= this.errors.length) return;
    const room = Math.ceil(count * 1.5);
    const errors = new Float32Array(room);
    errors.set(this.errors);
    this.errors = errors;
    this.dots = new Float32Array(room);
  }
}

function greatestOf(vector: Float32Array): number {
  let greatest = 0;
  for (const value of vector) greatest = Math.max(greatest, Math.abs(value));
  return greatest;
}

/** Writes `vector / scale` rounded, and no number beyond `most`; returns the lengths of the vector and of what was rounded off. */
function quantize(
  vector: Float32Array,
  { scale, most }: { readonly scale: number; readonly most: number },
  into: Int8Array | Int16Array,
): [length: number, left: number] {
  let [squares, squaresLeft] = [0, 0];
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] ?? 0;
    // A scale near the least 32-bit number is coarse; what does not fit then is counted as left out.
    const whole = scale === 0 ? 0 : Math.max(-most, Math.min(most, Math.round(value / scale)));
    into[i] = whole;
    squares += value * value;
    squaresLeft += (value - whole * scale) ** 2;
  }
  return [Math.sqrt(squares), Math.sqrt(squaresLeft)];
}
