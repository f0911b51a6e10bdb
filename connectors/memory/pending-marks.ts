/** What the index has not acknowledged: in the order it was set, and by tenant, so that a question costs its own tenant's marks. */
import { type EntityKey, type EntityKeyText, entityKeyText } from '../../src/domain/entity.js';
import type { IndexMark } from '../../src/retrieval/port.js';
import type { PendingMark } from '../../src/state/port.js';

export class PendingMarks {
  /** Oldest first: a Map keeps the order of insertion. */
  readonly #marks = new Map<EntityKeyText, PendingMark>();
  /** For which index they are. */
  #index: IndexMark | null = null;
  readonly #ofTenants = new Map<string, Map<EntityKeyText, PendingMark>>();

  /** Sets the mark anew: it is the newest, also where the entity had one. */
  set(mark: PendingMark): void {
    const { key } = mark.entity;
    this.#delete(mark);
    this.#marks.set(entityKeyText(key), mark);
    const ofTenant = this.#ofTenants.get(key.tenant) ?? new Map<EntityKeyText, PendingMark>();
    this.#ofTenants.set(key.tenant, ofTenant.set(entityKeyText(key), mark));
  }

  /** Where the entity has a mark already, that one keeps its place. */
  add(mark: PendingMark): void {
    if (!this.#marks.has(entityKeyText(mark.entity.key))) this.set(mark);
  }

  get index(): IndexMark | null {
    return this.#index;
  }

  beginFor(index: IndexMark | null): void {
    this.#index = index;
  }

  /** Clears marks unless the entity has changed since, or they are for another index. */
  clear(marks: readonly PendingMark[], by: IndexMark | null): void {
    if (by?.index !== this.#index?.index || (by?.revision ?? 0) < (this.#index?.revision ?? 0)) return;
    this.#index = by;
    for (const mark of marks) this.#clear(mark);
  }

  #clear(mark: PendingMark): void {
    const held = this.#marks.get(entityKeyText(mark.entity.key));
    if (held?.entity.revision === mark.entity.revision) this.#delete(mark);
  }

  get count(): number {
    return this.#marks.size;
  }

  /** Newest first. */
  of(tenant: string): readonly EntityKey[] {
    return [...(this.#ofTenants.get(tenant)?.values() ?? [])].map(({ entity }) => entity.key).reverse();
  }

  oldest(countMax: number): readonly PendingMark[] {
    const marks: PendingMark[] = [];
    for (const mark of this.#marks.values()) {
      if (marks.length === countMax) break;
      marks.push(mark);
    }
    return marks;
  }

  #delete({ entity: { key } }: PendingMark): void {
    this.#marks.delete(entityKeyText(key));
    const ofTenant = this.#ofTenants.get(key.tenant);
    ofTenant?.delete(entityKeyText(key));
    if (ofTenant?.size === 0) this.#ofTenants.delete(key.tenant);
  }
}
