/**
 * Fills the index of one generation from the policies the state holds, and keeps it up with them: at a bounded rate while reads are
 * answered by another generation, without one once they are answered by this. Nothing rests on how far it is: what it lacks is scored
 * directly. Only what belongs to no account is indexed, and that is the policies.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../domain/clock.js';
import { type EntityKeyText, entityKeyText, type PresentEntity, refOf } from '../domain/entity.js';
import { unlessAborted } from '../domain/unless-aborted.js';
import { limits } from '../limits.js';
import type { RetrievalMethod } from '../retrieval/method.js';
import { passagesOfEntity } from '../retrieval/passages.js';
import type { IndexWrite, RetrievalIndex } from '../retrieval/port.js';
import { isIndexUnavailable } from '../retrieval/unavailable.js';
import type { VectorCache } from '../retrieval/vector-cache.js';
import { type Coverage, changedSince } from '../snapshot/candidates.js';
import type { PolicyStatistics } from '../snapshot/policy-statistics.js';
import type { StateMove, StateStore } from '../state/port.js';
import { Filled, type Gone, lackingAmong, type Wanted } from './filled.js';
import { Reading, type SharedIndex } from './reading.js';

export interface FillingParts {
  readonly state: Pick<StateStore, 'tenant' | 'watch'>;
  /** Tenants that have ever had a policy, as far as is known here. */
  readonly tenants: () => readonly string[];
  readonly method: RetrievalMethod;
  readonly index: RetrievalIndex;
  /** The same index, where every instance shares it. Absent: it is this process's own, and filled by it. */
  readonly shared?: { readonly index: SharedIndex; readonly isFilling: () => boolean } | undefined;
  readonly vectors: VectorCache | null;
  /** Of the generation: counted before it is complete. Absent: nobody is answered with what is filled here. */
  readonly statistics?: Pick<PolicyStatistics, 'countAhead'>;
  readonly clock: Clock;
  /** Of a generation that is not live. */
  readonly entitiesPerSecond: number;
  readonly onFailure: (error: unknown) => void;
}

export class Filling {
  readonly filled = new Filled();
  /** Aborted: without a bound to its rate. */
  #hurry = new AbortController();
  readonly #parts: FillingParts;
  readonly #dirty = new Set<string>();
  readonly #known = new Set<string>();
  readonly #aside = new Map<EntityKeyText, { readonly hash: string; readonly dueMs: number }>();
  /** Entities of each tenant that the index lacked when it was last looked at, and whether it has had all once in this era. */
  readonly #pass = { left: new Map<string, number>(), isCaughtUp: false, era: 0 };
  /** Null: what the index holds is what it was given here. */
  readonly #reading: Reading | null;

  constructor(parts: FillingParts) {
    this.#parts = parts;
    const { shared, clock } = parts;
    this.#reading = shared === undefined ? null : new Reading({ ...shared, clock, filled: this.filled });
  }

  /** What it is filled with is there in the next process as well. */
  get isShared(): boolean {
    return this.#reading !== null;
  }

  /** What the index may not have as an answer wants it. */
  get coverage(): Coverage {
    if (this.#reading === null) return this.filled;
    return {
      lacking: async (sources, tenant) => {
        const { refs, since } = await this.filled.lacking(sources, tenant);
        // Another instance may have given it what the state has taken since.
        const moved = async () => changedSince(sources.policies, (await this.#parts.state.tenant(tenant)).policies);
        return { refs, since: async () => [...(await since()), ...(await moved())] };
      },
    };
  }

  /** Has had everything once. What is lacking since is what has been written since, and what could not be indexed. */
  get isCaughtUp(): boolean {
    return this.#pass.isCaughtUp && this.#pass.era === this.filled.era;
  }

  /** Without a bound to its rate; a rest that it takes ends with it. */
  get isUrgent(): boolean {
    return this.#hurry.signal.aborted;
  }

  set isUrgent(isUrgent: boolean) {
    if (isUrgent) this.#hurry.abort();
    else if (this.isUrgent) this.#hurry = new AbortController();
  }

  /** What a tenant lacks that has moved is not known before it is its turn. */
  get hasUnseen(): boolean {
    return this.#dirty.size > 0;
  }

  /** Has everything, but for what a turn writes: what is asked of it now costs what it will cost. */
  get isComplete(): boolean {
    return this.isCaughtUp && !this.hasUnseen && this.lacking <= limits.fillTurnEntities;
  }

  /** Entities known to be lacking: of what changed since the last look it is not known yet. */
  get lacking(): number {
    let left = this.#aside.size;
    for (const entities of this.#pass.left.values()) left += entities;
    return left;
  }

  /** Entities lacking of every tenant as it is now; where others fill the index too by what it is seen to hold, and that is mended. */
  async verify(): Promise<number> {
    const { state, tenants } = this.#parts;
    let lacking = 0;
    for (const tenant of tenants()) {
      const held = await this.#reading?.held(tenant);
      const { policies } = await state.tenant(tenant);
      lacking += held === undefined ? this.filled.lackOf(tenant, policies).wanted.length : lackingAmong(held, policies);
    }
    if (lacking > this.lacking) this.#reading?.again();
    return lacking;
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
    await this.#readHeld(signal);
    const [tenant] = this.#dirty;
    if (tenant === undefined) {
      Object.assign(this.#pass, { isCaughtUp: true, era: this.filled.era });
      return false;
    }
    await this.#countAhead(tenant, signal);
    this.#dirty.delete(tenant);
    try {
      if (this.#reading?.isFilling === false) await this.#compare(tenant);
      else await this.#fill(tenant, signal);
    } catch (error) {
      this.#dirty.add(tenant);
      throw error;
    }
    return true;
  }

  /** A tenant is unseen until its policies are counted: whoever asks first is not to count them all in one go. */
  async #countAhead(tenant: string, signal: AbortSignal): Promise<void> {
    const { state, statistics, clock } = this.#parts;
    if (statistics === undefined) return;
    const { policies } = await state.tenant(tenant);
    let startedMs = clock.monotonicMs();
    await statistics.countAhead(tenant, policies, async () => {
      await this.#rest(0, clock.monotonicMs() - startedMs, signal);
      // Also where it takes no rest, others have their turn.
      await nextTurn();
      startedMs = clock.monotonicMs();
      return !signal.aborted;
    });
  }

  async #readHeld(signal: AbortSignal): Promise<void> {
    if (this.#reading === null) return;
    const { clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const read = await this.#reading.read(this.#known);
    for (const tenant of read) this.#dirty.add(tenant);
    const tookMs = clock.monotonicMs() - startedMs;
    if (read.length > 0 && !this.#reading.isFilling) await clock.sleep(tookMs * limits.followRestShare, signal);
  }

  /** Another instance fills it. */
  async #compare(tenant: string): Promise<void> {
    const { policies } = await this.#parts.state.tenant(tenant);
    this.#pass.left.set(tenant, this.filled.lackOf(tenant, policies).wanted.length);
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
    const { era } = this.filled;
    if (gone.length > 0) {
      this.filled.writing(
        tenant,
        gone.map(({ ref }) => ref),
      );
      await index.apply(gone.map((one) => removal(tenant, one)));
      if (this.filled.era === era) this.filled.takenOut(tenant, gone);
    }
    const tried = wanted.filter(({ entity }) => this.#aside.get(entityKeyText(entity.key))?.hash !== entity.hash);
    const isToGoOn = () => !signal.aborted && this.filled.era === era && this.#reading?.isFilling !== false;
    for (let first = 0, size = 0; first < tried.length && isToGoOn(); first += size) {
      const startedMs = clock.monotonicMs();
      this.#pass.left.set(tenant, tried.length - first);
      // One at a time holds up nobody who is answered by the live one.
      size = this.isUrgent ? limits.fillTurnEntities : 1;
      const turn = tried.slice(first, first + size);
      await this.#write(tenant, turn, signal);
      await this.#rest(turn.length, clock.monotonicMs() - startedMs, signal);
    }
    if (isToGoOn()) this.#pass.left.set(tenant, 0);
    else this.#dirty.add(tenant);
  }

  /** All at once; where that fails, one by one, so that only those go missing that cannot be indexed. */
  async #write(tenant: string, wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
    const { index } = this.#parts;
    const { era } = this.filled;
    this.filled.writing(
      tenant,
      wanted.map(({ entity }) => refOf(entity.key)),
    );
    try {
      // A stop waits for no model; what it has read is on record.
      const writes = await unlessAborted(Promise.all(wanted.map((one) => this.#writeOf(one))), signal);
      if (writes === undefined) return;
      await index.apply(writes);
      // What was written to an index that is another one by now is not there.
      if (this.filled.era === era) this.filled.written(tenant, wanted);
      for (const { entity } of wanted) this.#aside.delete(entityKeyText(entity.key));
    } catch (error) {
      // It is no fault of theirs.
      if (isIndexUnavailable(error)) throw error;
      if (wanted.length > 1) for (const one of wanted) await this.#write(tenant, [one], signal);
      else for (const { entity } of wanted) this.#setAside(entity, error);
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
    await clock.sleep(paceMs, AbortSignal.any([signal, this.#hurry.signal]));
  }

  async #writeOf({ entity, revision }: Wanted): Promise<IndexWrite> {
    const { method, vectors } = this.#parts;
    const passages = passagesOfEntity(method.passages, entity);
    const made = await vectors?.vectorsOf(passages, this.isUrgent ? 'awaited' : 'background');
    return { key: entity.key, entityHash: entity.hash, revision, passages, vectors: made ?? [] };
  }
}

function removal(tenant: string, { ref, revision }: Gone): IndexWrite {
  const key = { tenant, kind: 'policy', id: ref.slice(ref.indexOf('/') + 1) } as const;
  return { key, entityHash: null, revision, passages: [], vectors: [] };
}
