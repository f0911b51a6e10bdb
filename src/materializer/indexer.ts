/**
 * The indexer: the index follows the state. It takes pending marks, makes passages, embeds texts it has not seen, writes the index
 * and clears the marks of what is still current. A search meanwhile scores what is pending directly, so lag costs time, never truth.
 * An entity that cannot be indexed is set aside for a while, so that it does not stand in the way of those behind it; one that the
 * index refuses as it is, for longer each time. An index that cannot be asked is tried with one entity at a time, less and less often: what waits for it grows, and presses back on what applies.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../domain/clock.js';
import { type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { unlessAborted } from '../domain/unless-aborted.js';
import { limits } from '../limits.js';
import type { PassageRules } from '../retrieval/method.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { IndexWrite, RetrievalIndex } from '../retrieval/port.js';
import { IndexRefusal } from '../retrieval/refused.js';
import { isIndexUnavailable } from '../retrieval/unavailable.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import type { PendingMark, StateMove, StateStore } from '../state/port.js';
import type { Pressure } from './pressure.js';
import type { MaterializerReport } from './report.js';

export interface IndexerParts {
  readonly state: StateStore;
  readonly index: RetrievalIndex;
  /** What the index holds of an entity. */
  readonly passages: PassageRules;
  /** Null: the index is lexical. */
  readonly vectors: VectorCache | null;
  readonly clock: Clock;
  readonly report: MaterializerReport;
  /** Told how much is pending. Absent: nobody waits for the index. */
  readonly pressure?: Pressure;
  /** Of several instances one writes the index and the others stand by; two at once do the same work twice, and no harm. Absent: this one. */
  readonly isIndexing?: () => boolean;
}

// Entities per turn: a turn blocks reads for about a millisecond.
const TURN_ENTITIES = 64;
const IDLE_MS = 1_000;
const IDLE_POLL_MS = 5;
const RETRY_MS = 200;
/** How long a failed entity waits for its next try: long beside a turn, short beside somebody's patience after an outage. */
const ASIDE_MS = 5_000;
/** What a refused one's wait doubles up to: what helps without a change of it is another index. */
const ASIDE_MS_MAX = 640_000;

/** `failed`: of what was tried, nothing could be indexed. `unavailable`: the index cannot be asked. `standby`: another instance indexes. */
export type Turn = 'idle' | 'indexed' | 'failed' | 'unavailable' | 'standby';

/** Of a revision that failed. */
interface Aside {
  readonly revision: number;
  readonly dueMs: number;
  /** Times in a row that the index refused it. */
  readonly refusals: number;
}

interface Prepared {
  readonly mark: PendingMark;
  readonly write: IndexWrite;
}

export class Indexer {
  readonly #parts: IndexerParts;
  readonly #aside = new Map<EntityKeyText, Aside>();
  /** Tries in a row for which the index could not be asked, and when the next one is due. */
  #silence = { tries: 0, dueMs: Number.NEGATIVE_INFINITY };

  constructor(parts: IndexerParts) {
    this.#parts = parts;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { state, clock, report } = this.#parts;
    while (!signal.aborted) {
      // Watching starts before looking: a mark set between the look and the wait still wakes the wait.
      const woken = new AbortController();
      const stopWatching = state.watch((moves) => {
        if (moves.some(mayBringMarks)) woken.abort();
      });
      try {
        const turn = await this.turn(signal);
        await this.#press(turn);
        if (turn === 'idle') await clock.sleep(IDLE_MS, AbortSignal.any([woken.signal, signal]));
        if (turn === 'failed') await clock.sleep(RETRY_MS, signal);
        // Woken by the clock alone: writes do not bring an index back, and what they add is counted once a second.
        if (turn === 'standby') await clock.sleep(IDLE_MS, signal);
        if (turn === 'unavailable') await clock.sleep(Math.min(IDLE_MS, this.#silenceLeftMs()), signal);
      } catch (error) {
        report.indexFailed(error);
        await clock.sleep(RETRY_MS, signal);
      } finally {
        stopWatching();
      }
    }
  }

  /** Resolves when nothing is pending but what is set aside, or when `signal` aborts. */
  async idle(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted && (await this.#due(1)).length > 0) await clock.sleep(IDLE_POLL_MS, signal);
  }

  /**
   * Indexes the oldest pending entities that are not set aside. One that fails is reported and set aside, the others go on. Once
   * `signal` aborts, no model is waited for, which may have minutes to read: what it has read is on record, and nothing else is lost.
   */
  async turn(signal?: AbortSignal): Promise<Turn> {
    const { state, report, isIndexing } = this.#parts;
    if (isIndexing?.() === false) return 'standby';
    if (this.#silenceLeftMs() > 0) return 'unavailable';
    const marks = await this.#due(this.#silence.tries === 0 ? TURN_ENTITIES : 1);
    if (marks.length === 0) return 'idle';
    const prepared = await unlessAborted(this.#prepare(marks, signal), signal);
    if (prepared === undefined) return 'idle';
    const { index } = this.#parts;
    const name = index.mark?.index;
    const indexed = prepared.length === 0 ? [] : await this.#apply(prepared);
    if (indexed === 'unavailable') return 'unavailable';
    if (indexed.length === 0) return 'failed';
    // Named as it was before: what it has become meanwhile holds none of it.
    for (const { entity } of indexed) this.#aside.delete(entityKeyText(entity.key));
    await state.indexed(indexed, name === undefined ? null : { index: name, revision: index.mark?.revision ?? 0 });
    report.indexed(indexed.length);
    return 'indexed';
  }

  /** The count costs a question, so it is asked for where it can be high. */
  async #press(turn: Turn): Promise<void> {
    const { state, pressure } = this.#parts;
    if (pressure !== undefined && (turn !== 'idle' || pressure.current !== null)) {
      pressure.note(await state.pendingCount());
    }
  }

  #silenceLeftMs(): number {
    return this.#silence.dueMs - this.#parts.clock.monotonicMs();
  }

  #heardNothing(error: unknown): 'unavailable' {
    const pauseMs = Math.min(limits.indexRetryMs * 2 ** this.#silence.tries, limits.indexRetryMsMax);
    this.#silence = { tries: this.#silence.tries + 1, dueMs: this.#parts.clock.monotonicMs() + pauseMs };
    this.#parts.report.indexFailed(error);
    return 'unavailable';
  }

  async #due(countMax: number): Promise<readonly PendingMark[]> {
    const nowMs = this.#parts.clock.monotonicMs();
    // What was not tried when it was due is pending no more.
    for (const [key, { dueMs }] of this.#aside) if (dueMs + ASIDE_MS_MAX < nowMs) this.#aside.delete(key);
    const marks = await this.#parts.state.allPending(countMax + this.#aside.size);
    return marks.filter(({ entity }) => !this.#isAside(entity, nowMs)).slice(0, countMax);
  }

  /** A changed entity is another one: it may have been mended. */
  #isAside({ key, revision }: PendingMark['entity'], nowMs: number): boolean {
    const known = this.#aside.get(entityKeyText(key));
    return known?.revision === revision && known.dueMs > nowMs;
  }

  async #prepare(marks: readonly PendingMark[], signal?: AbortSignal): Promise<readonly Prepared[]> {
    const tried: Promise<Prepared | undefined>[] = [];
    for (const mark of marks) {
      if (tried.length > 0 && tried.length % limits.indexerSliceEntities === 0) await nextTurn();
      tried.push(this.#trying(mark, async () => ({ mark, write: await this.#writeOf(mark) }), signal));
    }
    return (await Promise.all(tried)).filter((one) => one !== undefined);
  }

  /** All at once; when the index refuses that, one by one, so that only those go missing that it refuses alone. */
  async #apply(prepared: readonly Prepared[]): Promise<readonly PendingMark[] | 'unavailable'> {
    const { index } = this.#parts;
    try {
      await index.apply(prepared.map(({ write }) => write));
      this.#silence = { tries: 0, dueMs: Number.NEGATIVE_INFINITY };
      return prepared.map(({ mark }) => mark);
    } catch (error) {
      if (isIndexUnavailable(error)) return this.#heardNothing(error);
      const [first, ...others] = prepared;
      if (first !== undefined && others.length === 0) this.#setAside(first.mark.entity, error);
      if (others.length === 0) return [];
      const indexed: PendingMark[] = [];
      for (const { mark, write } of prepared) {
        await this.#trying(mark, async () => {
          await index.apply([write]);
          indexed.push(mark);
        });
      }
      return indexed;
    }
  }

  /** Undefined when it failed: then the mark is set aside. */
  async #trying<T>({ entity }: PendingMark, act: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      // A model that is put away is no fault of the entity.
      if (signal?.aborted !== true) this.#setAside(entity, error);
      return undefined;
    }
  }

  #setAside({ key, revision, watermark }: PendingMark['entity'], error: unknown): void {
    const { clock, report } = this.#parts;
    const name = entityKeyText(key);
    const before = this.#aside.get(name);
    const isRefused = error instanceof IndexRefusal;
    const refusals = isRefused ? (before?.revision === revision ? before.refusals : 0) + 1 : 0;
    const waitMs = isRefused ? Math.min(ASIDE_MS * 2 ** (refusals - 1), ASIDE_MS_MAX) : ASIDE_MS;
    this.#aside.set(name, { revision, refusals, dueMs: clock.monotonicMs() + waitMs });
    if (isRefused) report.indexRefused(watermark.position, error.reason);
    else report.indexFailed(error);
  }

  async #writeOf({ entity }: PendingMark): Promise<IndexWrite> {
    const { key, revision } = entity;
    if (entity.status === 'deleted') return { key, entityHash: null, revision, passages: [], vectors: [] };
    const passages = passagesOfEntity(this.#parts.passages, entity);
    const vectors = (await this.#parts.vectors?.vectorsOf(passages, 'background')) ?? [];
    return { key, entityHash: entity.hash, revision, passages, vectors };
  }
}

/** Only what belongs to no account is indexed: beside a stream of tickets nobody asks at each write what is pending. */
function mayBringMarks(move: StateMove): boolean {
  return move === 'anything' || move.accountId === null;
}
