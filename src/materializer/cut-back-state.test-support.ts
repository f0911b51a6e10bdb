/** A state across a network, as it fails: it falls back to an earlier moment, or loses everything and begins anew. */
import { MemoryState } from '../../connectors/memory/state.js';
import type { EntityKey } from '../domain/entity.js';
import type { PendingMark, Renewal, StateMove, StateStore, StateWrite, WriteResult } from '../state/port.js';

export class CutBackState implements StateStore {
  readonly trouble = null;
  #store = new MemoryState();
  #contents = 1;
  readonly #written: StateWrite[] = [];
  readonly #listeners = new Set<(moves: readonly StateMove[]) => void>();

  get writes(): number {
    return this.#written.length;
  }

  /** Keeps the first `writes` writes. Whoever watches hears nothing of it. */
  async fallBack(writes: number): Promise<void> {
    const kept = this.#written.splice(0).slice(0, writes);
    const store = new MemoryState();
    for (const write of kept) await store.write(write);
    this.#written.push(...kept);
    this.#store = store;
  }

  async loseEverything(): Promise<void> {
    this.#contents += 1;
    await this.fallBack(0);
  }

  async write(write: StateWrite): Promise<WriteResult> {
    const result = await this.#store.write(write);
    if (result.kind === 'written') {
      this.#written.push(write);
      for (const listener of this.#listeners) listener([]);
    }
    return result;
  }

  async contents(): Promise<string> {
    return `contents ${this.#contents}`;
  }

  account(tenant: string, id: string) {
    return this.#store.account(tenant, id);
  }

  tenant(tenant: string) {
    return this.#store.tenant(tenant);
  }

  entities(keys: readonly EntityKey[]) {
    return this.#store.entities(keys);
  }

  pendingKeys(tenant: string) {
    return this.#store.pendingKeys(tenant);
  }

  pendingCount() {
    return this.#store.pendingCount();
  }

  allPending(countMax: number) {
    return this.#store.allPending(countMax);
  }

  indexed(marks: readonly PendingMark[]) {
    return this.#store.indexed(marks);
  }

  repend() {
    return this.#store.repend();
  }

  renew(keys: readonly Renewal[]) {
    return this.#store.renew(keys);
  }

  through() {
    return this.#store.through();
  }

  progress() {
    return this.#store.progress();
  }

  watch(listener: (moves: readonly StateMove[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
