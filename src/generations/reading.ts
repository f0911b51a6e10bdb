/**
 * What an index that every instance shares is seen to hold. One instance fills it, and need not have been the one that began; the
 * others know what it lacks by reading it whenever it has moved. What was read earlier than the last write errs towards lacking: what the
 * state has changed since is scored directly.
 */
import type { Clock } from '../domain/clock.js';
import { limits } from '../limits.js';
import type { Holding } from '../reconcile/holdings.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import type { Filled } from './filled.js';

/** The index of a generation that outlives this process. */
export interface SharedIndex extends RetrievalIndex {
  /** Everything it holds of a tenant, in no order. Rejects with `index_unavailable` when it cannot be asked in time. */
  held(tenant: string): AsyncIterable<Holding>;
  /** But for `heard`, what was known of it does not hold; told before it can be asked again. */
  watch(listener: (why: 'heard' | 'lost' | 'new') => void): unknown;
}

export interface ReadingParts {
  readonly index: SharedIndex;
  readonly filled: Filled;
  readonly clock: Clock;
  /** Whether this instance fills it. */
  readonly isFilling: () => boolean;
}

export class Reading {
  readonly #parts: ReadingParts;
  readonly #read = new Set<string>();
  /** As of when what is in `#read` was read. */
  #as = { filling: false, revision: -1, atMs: Number.NEGATIVE_INFINITY };

  constructor(parts: ReadingParts) {
    this.#parts = parts;
    parts.index.watch((why) => {
      if (why === 'heard') return;
      parts.filled.forgetAll();
      this.again();
    });
  }

  get isFilling(): boolean {
    return this.#parts.isFilling();
  }

  /** All of it is to be read again. */
  again(): void {
    this.#read.clear();
  }

  /** Reads what has to be read of these tenants. Those that were; it is known what the index lacks of no other. */
  async read(tenants: Iterable<string>): Promise<readonly string[]> {
    const { clock, index, filled } = this.#parts;
    const now = { filling: this.isFilling, revision: index.mark?.revision ?? 0, atMs: clock.monotonicMs() };
    const hasMoved = now.filling ? !this.#as.filling : this.#as.filling || now.revision !== this.#as.revision;
    const isOld = now.atMs - this.#as.atMs > limits.fillReadAgainMs;
    if (hasMoved || isOld) this.again();
    if (this.#read.size === 0) this.#as = now;
    const read: string[] = [];
    for (const tenant of tenants) {
      if (this.#read.has(tenant)) continue;
      const { era } = filled;
      const held = await this.held(tenant);
      if (filled.era !== era) return read;
      filled.seen(tenant, held);
      this.#read.add(tenant);
      read.push(tenant);
    }
    return read;
  }

  async held(tenant: string): Promise<readonly Holding[]> {
    const held: Holding[] = [];
    for await (const { key, entityHash, revision, isWhole = true } of this.#parts.index.held(tenant))
      if (key.tenant === tenant && key.kind === 'policy') held.push({ key, entityHash, revision, isWhole });
    return held;
  }
}
