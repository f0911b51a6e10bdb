/**
 * What this process knows of the state without asking for it: how far it is once the writes under way are made, and entities as they were
 * read or written last. It may be wrong, which costs a conflict and nothing else: no letter rests on it, every write says what it rests
 * on, and after one that failed or met another owner nothing is known any more.
 */
import { type Entity, type EntityKey, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import type { PartitionKey, PositionVector } from '../domain/position.js';
import { limits } from '../limits.js';
import type { StateStore, StateWrite } from '../state/port.js';

export class Lead {
  readonly #state: Pick<StateStore, 'through' | 'entities'>;
  readonly #isKept: boolean;
  #at: PositionVector | undefined;
  /** Those used last are at the end; null: the state has none. */
  readonly #entities = new Map<EntityKeyText, Entity | null>();
  #length = 0;
  readonly #writes = new Set<Promise<unknown>>();

  /** Of a state that takes one write at a time nothing is kept: it is asked, which costs next to nothing. */
  constructor(state: StateStore) {
    this.#state = state;
    this.#isKept = (state.writesAtOnce ?? 1) > 1;
  }

  async through(): Promise<PositionVector> {
    if (this.#at !== undefined) return this.#at;
    const at = await this.#state.through();
    if (this.#isKept) this.#at = at;
    return at;
  }

  /** Those that there are. */
  async entities(keys: readonly EntityKey[]): Promise<ReadonlyMap<EntityKeyText, Entity>> {
    const found = new Map<EntityKeyText, Entity>();
    const missing: EntityKey[] = [];
    for (const key of keys) {
      const known = this.#entities.get(entityKeyText(key));
      if (known === undefined) missing.push(key);
      else if (known !== null) found.set(entityKeyText(key), known);
    }
    if (missing.length === 0) return found;
    const read = await this.#state.entities(missing);
    for (const [index, key] of missing.entries()) {
      const entity = read[index];
      if (entity !== undefined) found.set(entityKeyText(key), entity);
      if (this.#isKept) this.#keep(entityKeyText(key), entity ?? null);
    }
    this.#trim();
    return found;
  }

  /** A write is under way. */
  began({ progress, changes }: StateWrite): void {
    if (!this.#isKept || this.#at === undefined) return;
    const at = new Map<PartitionKey, bigint>(this.#at);
    for (const { partition, through } of progress) at.set(partition, through);
    this.#at = at;
    for (const { entity } of changes) this.#keep(entityKeyText(entity.key), entity);
    this.#trim();
  }

  waitsFor(write: Promise<unknown>): void {
    const ended = write.then(
      () => undefined,
      () => undefined,
    );
    this.#writes.add(ended);
    void ended.then(() => this.#writes.delete(ended));
  }

  /** Resolves when no write is under way any more, however they ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#writes);
  }

  forget(): void {
    this.#at = undefined;
    this.#entities.clear();
    this.#length = 0;
  }

  #keep(text: EntityKeyText, entity: Entity | null): void {
    this.#drop(text);
    this.#entities.set(text, entity);
    this.#length += costOf(entity);
  }

  #trim(): void {
    for (const text of this.#entities.keys()) {
      if (this.#length <= limits.leadTextsMax) return;
      this.#drop(text);
    }
  }

  #drop(text: EntityKeyText): void {
    const known = this.#entities.get(text);
    if (known === undefined) return;
    this.#entities.delete(text);
    this.#length -= costOf(known);
  }
}

/** What an entry takes beside its text, in characters. */
const ENTRY = 500;

function costOf(entity: Entity | null): number {
  return ENTRY + (entity?.status === 'present' ? entity.json.length : 0);
}
