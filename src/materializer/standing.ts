/** How far this process has seen the state, so that it notices when the state falls back or begins anew. */
import type { PartitionKey, PositionVector } from '../domain/position.js';
import type { StateStore } from '../state/port.js';

export interface Regress {
  /** Whose progress went back. */
  readonly partitions: readonly PartitionKey[];
  /** The store has lost everything and begun anew. */
  readonly isAnew: boolean;
}

export interface Look {
  readonly through: PositionVector;
  /** Undefined: nothing has gone back since the look before. */
  readonly regress: Regress | undefined;
}

export class Standing {
  readonly #state: StateStore;
  #seen: PositionVector = new Map();
  #contents: string | undefined;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** One look after the other. A regress is told once. */
  async look(): Promise<Look> {
    const contents = await this.#state.contents();
    const through = await this.#state.through();
    const partitions = [...this.#seen].flatMap(([partition, seen]) =>
      (through.get(partition) ?? -1n) < seen ? [partition] : [],
    );
    const isAnew = this.#contents !== undefined && this.#contents !== contents;
    this.#seen = through;
    this.#contents = contents;
    return { through, regress: partitions.length > 0 || isAnew ? { partitions, isAnew } : undefined };
  }
}
