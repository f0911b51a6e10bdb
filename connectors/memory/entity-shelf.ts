/** The entities of the store. Those a checkpoint brought sleep in its bytes until somebody asks for them. */
import { isSleeping, type SleepingEntity } from '../../src/checkpoint/contents.js';
import type { Entity, EntityKeyText } from '../../src/domain/entity.js';
import type { Kind } from '../../src/domain/kinds/index.js';

export class EntityShelf {
  readonly #entities = new Map<EntityKeyText, Entity | SleepingEntity>();

  get(name: EntityKeyText): Entity | undefined {
    const held = this.#entities.get(name);
    if (held === undefined || !isSleeping(held)) return held;
    const entity = held.wake();
    this.#entities.set(name, entity);
    return entity;
  }

  set(name: EntityKeyText, entity: Entity): void {
    this.#entities.set(name, entity);
  }

  lay(entity: SleepingEntity): void {
    this.#entities.set(entity.name, entity);
  }

  /** Of kinds that never sleep. */
  awake(isOf: (kind: Kind) => boolean): readonly Entity[] {
    return [...this.#entities.values()].filter((held): held is Entity => !isSleeping(held) && isOf(held.key.kind));
  }

  all(): readonly (Entity | SleepingEntity)[] {
    return [...this.#entities.values()];
  }
}
