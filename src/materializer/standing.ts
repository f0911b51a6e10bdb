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
  readonly #seen = new Map<PartitionKey, bigint>();
  #contents: string | undefined;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** The state has been through here: what this process goes on from. */
  saw(partition: PartitionKey, through: bigint): void {
    if (through > (this.#seen.get(partition) ?? -1n)) this.#seen.set(partition, through);
  }

  /** One look after the other. A regress is told once. */
  async look(): Promise<Look> {
    // What is written while the answer is under way may not be in it.
    const before = new Map(this.#seen);
    const contents = await this.#state.contents();
    const through = await this.#state.through();
    const partitions: PartitionKey[] = [];
    for (const [partition, seen] of before) {
      if ((through.get(partition) ?? -1n) >= seen) continue;
      partitions.push(partition);
      this.#seen.delete(partition);
    }
    const isAnew = this.#contents !== undefined && this.#contents !== contents;
    this.#contents = contents;
    for (const [partition, offset] of through) this.saw(partition, offset);
    return { through, regress: partitions.length > 0 || isAnew ? { partitions, isAnew } : undefined };
  }
}
