/**
 * Fills the index of one generation from the policies the state holds, and keeps it up with them: at a bounded rate while reads are
 * answered by another generation, without one once they are answered by this. Nothing rests on how far it is: what it lacks is scored
 * directly. Only what belongs to no account is indexed, and that is the policies.
 */
import type { Clock } from '../domain/clock.js';
import { type EntityKeyText, entityKeyText, type PresentEntity, type Ref, refOf } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { RetrievalMethod } from '../retrieval/method.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { IndexWrite, RetrievalIndex } from '../retrieval/port.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import type { StateMove, StateStore } from '../state/port.js';
import { Filled } from './filled.js';

export interface FillingParts {
  readonly state: Pick<StateStore, 'tenant' | 'watch'>;
  /** Tenants that have ever had a policy, as far as is known here. */
  readonly tenants: () => readonly string[];
  readonly method: RetrievalMethod;
  readonly index: RetrievalIndex;
  readonly vectors: VectorCache | null;
  readonly clock: Clock;
  /** Of a generation that is not live. */
  readonly entitiesPerSecond: number;
  readonly onFailure: (error: unknown) => void;
}

export class Filling {
  readonly filled = new Filled();
  /** Without a bound to its rate. */
  isUrgent = false;
  readonly #parts: FillingParts;
  readonly #dirty = new Set<string>();
  readonly #known = new Set<string>();
  readonly #aside = new Map<EntityKeyText, { readonly hash: string; readonly dueMs: number }>();
  /** Entities that the pass under way has still to write, and whether all was written once. */
  #pass = { left: 0, isCaughtUp: false };
  /** Of the index: above that of whatever was written before. */
  #revision = 0;

  constructor(parts: FillingParts) {
    this.#parts = parts;
  }

  /** Has had everything once. What is lacking since is what has been written since, and what could not be indexed. */
  get isCaughtUp(): boolean {
    return this.#pass.isCaughtUp;
  }

  /** Has what it has seen, but for what a turn writes: what is asked of it now costs what it will cost. */
  get isComplete(): boolean {
    return this.isCaughtUp && this.lacking <= limits.fillTurnEntities;
  }

  /** Entities known to be lacking: of what changed since the last look it is not known yet. */
  get lacking(): number {
    return this.#pass.left + this.#aside.size;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { state, clock, onFailure } = this.#parts;
    while (!signal.aborted) {
      const woken = new AbortController();
      const stopWatching = state.watch((moves) => {
        if (this.#note(moves)) woken.abort();
      });
      try {
        if (!(await this.pass(signal))) await clock.sleep(limits.fillIdleMs, AbortSignal.any([woken.signal, signal]));
      } catch (error) {
        onFailure(error);
        await clock.sleep(limits.fillRetryMs, signal);
      } finally {
        stopWatching();
      }
    }
  }

  /** Writes what is lacking of the tenants that have moved. False when there was none. */
  async pass(signal: AbortSignal): Promise<boolean> {
    for (const tenant of this.#parts.tenants()) if (!this.#known.has(tenant)) this.#meet(tenant);
    this.#retryAside();
    const [tenant] = this.#dirty;
    if (tenant === undefined) {
      this.#pass = { left: 0, isCaughtUp: true };
      return false;
    }
    this.#dirty.delete(tenant);
    try {
      await this.#fill(tenant, signal);
    } catch (error) {
      this.#dirty.add(tenant);
      throw error;
    }
    return true;
  }

  #note(moves: readonly StateMove[]): boolean {
    let moved = false;
    for (const move of moves) {
      if (move === 'anything') for (const tenant of this.#known) this.#dirty.add(tenant);
      else if (move.tenant !== null && move.accountId === null) this.#meet(move.tenant);
      else continue;
      moved = true;
    }
    return moved;
  }

  #meet(tenant: string): void {
    this.#known.add(tenant);
    this.#dirty.add(tenant);
  }

  async #fill(tenant: string, signal: AbortSignal): Promise<void> {
    const { state, clock, index } = this.#parts;
    const { policies } = await state.tenant(tenant);
    const { wanted, gone } = this.filled.lackOf(tenant, policies);
    if (gone.length > 0) {
      this.filled.writing(tenant, gone);
      await index.apply(gone.map((ref) => this.#removal(tenant, ref)));
      this.filled.takenOut(tenant, gone);
    }
    const tried = wanted.filter((entity) => this.#aside.get(entityKeyText(entity.key))?.hash !== entity.hash);
    for (let first = 0; first < tried.length && !signal.aborted; first += limits.fillTurnEntities) {
      const startedMs = clock.monotonicMs();
      this.#pass.left = tried.length - first;
      const turn = tried.slice(first, first + limits.fillTurnEntities);
      await this.#write(tenant, turn);
      await this.#rest(turn.length, clock.monotonicMs() - startedMs, signal);
    }
    if (signal.aborted) this.#dirty.add(tenant);
    else this.#pass.left = 0;
  }

  /** All at once; where that fails, one by one, so that only those go missing that cannot be indexed. */
  async #write(tenant: string, entities: readonly PresentEntity[]): Promise<void> {
    const { index } = this.#parts;
    this.filled.writing(
      tenant,
      entities.map(({ key }) => refOf(key)),
    );
    try {
      await index.apply(await Promise.all(entities.map((entity) => this.#writeOf(entity))));
      this.filled.written(tenant, entities);
      for (const { key } of entities) this.#aside.delete(entityKeyText(key));
    } catch (error) {
      if (entities.length > 1) for (const one of entities) await this.#write(tenant, [one]);
      else for (const one of entities) this.#setAside(one, error);
    }
  }

  #setAside({ key, hash }: PresentEntity, error: unknown): void {
    const { clock, onFailure } = this.#parts;
    this.#aside.set(entityKeyText(key), { hash, dueMs: clock.monotonicMs() + limits.fillAsideMs });
    onFailure(error);
  }

  #retryAside(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const due = [...this.#aside].filter(([, { dueMs }]) => dueMs <= nowMs);
    for (const [key] of due) this.#aside.delete(key);
    if (due.length > 0) for (const tenant of this.#known) this.#dirty.add(tenant);
  }

  /** The setting bounds the rate; beside that it rests as long as it worked, so that a slow model leaves reads their share. */
  async #rest(entities: number, tookMs: number, signal: AbortSignal): Promise<void> {
    const { clock, entitiesPerSecond } = this.#parts;
    const paceMs = this.isUrgent
      ? 0
      : Math.max((entities * 1_000) / entitiesPerSecond - tookMs, tookMs * limits.fillRestShare);
    await clock.sleep(paceMs, signal);
  }

  async #writeOf(entity: PresentEntity): Promise<IndexWrite> {
    const { method, vectors } = this.#parts;
    const passages = passagesOfEntity(method.passages, entity);
    const made = await vectors?.vectorsOf(passages, this.isUrgent ? 'awaited' : 'background');
    this.#revision += 1;
    return { key: entity.key, entityHash: entity.hash, revision: this.#revision, passages, vectors: made ?? [] };
  }

  #removal(tenant: string, ref: Ref): IndexWrite {
    this.#revision += 1;
    const key = { tenant, kind: 'policy', id: ref.slice(ref.indexOf('/') + 1) } as const;
    return { key, entityHash: null, revision: this.#revision, passages: [], vectors: [] };
  }
}
