/**
 * Takes out tombstones that nothing can need any more. A tombstone is there for a write that comes late; a process that was stopped in
 * its tracks may bring one after any time, and then the next pass finds what it wrote and buries it again, for the state has its own
 * tombstone. Nothing of that is served meanwhile: a search serves only what the state has.
 */
import { type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { limits } from '../limits.js';
import type { StateStore } from '../state/port.js';
import type { Holding, IndexHoldings } from './holdings.js';

interface Buried {
  readonly revision: number;
  readonly sinceMs: number;
}

export class Burials {
  /** Of passes before this one, and what this one has seen. */
  #known: ReadonlyMap<EntityKeyText, Buried> = new Map();
  #seen = new Map<EntityKeyText, Buried>();

  /** A slice of what the index holds. Those that have been the same for long enough are taken out. */
  async look(
    { state, index }: { readonly state: StateStore; readonly index: IndexHoldings },
    slice: readonly Holding[],
    nowMs: number,
  ): Promise<void> {
    const due = slice.filter(({ entityHash }) => entityHash === null).filter((holding) => this.#isDue(holding, nowMs));
    if (due.length === 0) return;
    const entities = await state.entities(due.map(({ key }) => key));
    const settled = due.filter(({ revision }, at) => {
      const entity = entities[at];
      return entity?.status === 'deleted' && entity.revision === revision;
    });
    if (settled.length > 0) await index.remove(settled);
    for (const { key } of settled) this.#seen.delete(entityKeyText(key));
  }

  /** At the end of a pass: what it did not see is gone. */
  ended(): void {
    this.#known = this.#seen;
    this.#seen = new Map();
  }

  #isDue({ key, revision }: Holding, nowMs: number): boolean {
    const name = entityKeyText(key);
    const known = this.#known.get(name);
    const buried = known?.revision === revision ? known : { revision, sinceMs: nowMs };
    // Those that are too many to be remembered come later, when others are gone.
    if (this.#seen.size < limits.tombstonesWatchedMax) this.#seen.set(name, buried);
    return nowMs - buried.sinceMs >= limits.tombstoneKeptMs;
  }
}
