/**
 * The memory in which one index keeps its 8-bit vectors, in blocks of so many rows. A block belongs to one corpus at a time, so a
 * scan for one tenant reads no other's rows. It is one memory for all, because each WebAssembly memory reserves gigabytes of
 * addresses; and none at all until a corpus is large enough to gain by it.
 */
import { type VectorKernel, vectorKernel } from './vector-kernel.js';

/** At 384 dimensions 400 KB: a corpus wastes half a block on average. */
export const BLOCK_ROWS = 1_024;

/** All in bytes from the start of the memory. */
export interface Block {
  readonly rowsAt: number;
  readonly scalesAt: number;
}

/** How searches went that had a vector: what the bench tells. */
export interface DenseFacts {
  searches: number;
  /** Searches whose first choice could not be proven to hold the best. */
  widened: number;
  /** Entities whose exact score was taken. */
  rescored: number;
}

export class VectorArena {
  readonly facts: DenseFacts = { searches: 0, widened: 0, rescored: 0 };
  readonly #makeKernel: () => VectorKernel;
  #kernel: VectorKernel | undefined;
  #used = 0;
  /** Blocks that nobody uses, by the bytes of a row. */
  readonly #free = new Map<number, Block[]>();
  /** Where the query and the results of a block lie, by the bytes of a row. */
  readonly #desks = new Map<number, { readonly queryAt: number; readonly outAt: number }>();

  constructor(makeKernel: () => VectorKernel = vectorKernel) {
    this.#makeKernel = makeKernel;
  }

  get kernel(): VectorKernel {
    this.#kernel ??= this.#makeKernel();
    return this.#kernel;
  }

  block(stride: number): Block {
    const reused = this.#free.get(stride)?.pop();
    return reused ?? { rowsAt: this.#allocate(BLOCK_ROWS * stride), scalesAt: this.#allocate(BLOCK_ROWS * 4) };
  }

  release(stride: number, block: Block): void {
    const free = this.#free.get(stride) ?? [];
    this.#free.set(stride, free);
    free.push(block);
  }

  desk(stride: number): { readonly queryAt: number; readonly outAt: number } {
    const known = this.#desks.get(stride);
    if (known !== undefined) return known;
    const made = { queryAt: this.#allocate(stride * 2), outAt: this.#allocate(BLOCK_ROWS * 4) };
    this.#desks.set(stride, made);
    return made;
  }

  #allocate(bytes: number): number {
    const at = this.#used;
    this.#used += Math.ceil(bytes / 16) * 16;
    const missing = this.#used - this.kernel.buffer.byteLength;
    if (missing > 0) this.kernel.grow(missing);
    return at;
  }
}
