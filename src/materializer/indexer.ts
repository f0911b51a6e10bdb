/**
 * The indexer: the index follows the state. It takes pending marks, makes passages, embeds texts it has not seen, writes the index
 * and clears the marks of what is still current. A search meanwhile scores what is pending directly, so lag costs time, never truth.
 */

import type { Clock } from '../domain/clock.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { IndexWrite, RetrievalIndex } from '../retrieval/port.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import type { PendingMark, StateStore } from '../state/port.js';
import type { MaterializerReport } from './report.js';

export interface IndexerParts {
  readonly state: StateStore;
  readonly index: RetrievalIndex;
  /** Null: the index is lexical. */
  readonly vectors: VectorCache | null;
  readonly clock: Clock;
  readonly report: MaterializerReport;
}

// Entities per turn: a turn blocks reads for about a millisecond.
const TURN_ENTITIES = 64;
const IDLE_MS = 1_000;
const IDLE_POLL_MS = 5;
const RETRY_MS = 200;

export class Indexer {
  readonly #parts: IndexerParts;

  constructor(parts: IndexerParts) {
    this.#parts = parts;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { state, clock, report } = this.#parts;
    while (!signal.aborted) {
      // Watching starts before looking: a mark set between the look and the wait still wakes the wait.
      const woken = new AbortController();
      const stopWatching = state.watch(() => woken.abort());
      try {
        const more = await this.turn();
        if (!more) await clock.sleep(IDLE_MS, AbortSignal.any([woken.signal, signal]));
      } catch (error) {
        report.indexFailed(error);
        await clock.sleep(RETRY_MS, signal);
      } finally {
        stopWatching();
      }
    }
  }

  /** Resolves when nothing is pending, or when `signal` aborts. */
  async idle(signal: AbortSignal): Promise<void> {
    const { state, clock } = this.#parts;
    while (!signal.aborted && (await state.allPending(1)).length > 0) await clock.sleep(IDLE_POLL_MS, signal);
  }

  /** Indexes the oldest pending entities; false when there were none. */
  async turn(): Promise<boolean> {
    const { state, index, report } = this.#parts;
    const marks = await state.allPending(TURN_ENTITIES);
    if (marks.length === 0) return false;
    await index.apply(await Promise.all(marks.map((mark) => this.#writeOf(mark))));
    await state.indexed(marks);
    report.indexed(marks.length);
    return true;
  }

  async #writeOf({ entity }: PendingMark): Promise<IndexWrite> {
    const { key, revision } = entity;
    if (entity.status === 'deleted') {
      return { key, accountId: null, entityHash: null, revision, passages: [], vectors: [] };
    }
    const passages = passagesOfEntity(entity);
    const vectors = (await this.#parts.vectors?.vectorsOf(passages)) ?? [];
    return { key, accountId: entity.accountId, entityHash: entity.hash, revision, passages, vectors };
  }
}
