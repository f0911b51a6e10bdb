/**
 * Of a state that several instances share: what of it this instance could fold again. Its copy of a partition may begin later than that
 * of another: what lay before had expired when it was first started. A state that has been lost must not be folded from there, since
 * what only the other has would be missing from it without a word. So a copy that begins late is held against the state while there is
 * one: the state counts the records it holds, and the copy counts its own. One that has fewer is late for good, and does not fold a
 * state that has nothing of the partition; whoever has all records does. Where nobody has them, nobody folds, and what the state says
 * of the partition stays unknown until an operator decides.
 */
import type { PartitionKey, PositionVector } from '../domain/position.js';
import type { EventLog } from '../log/port.js';
import type { TopicMap } from '../log/topics.js';
import type { StateStore } from '../state/port.js';
import { foldedPartitions, gapsAt } from './choose.js';

/** Outlives the process, as the copy does. */
export interface LateMemory {
  read(): Promise<readonly PartitionKey[]>;
  write(late: readonly PartitionKey[]): Promise<void>;
}

export interface LateCopiesParts {
  readonly log: EventLog & Parameters<typeof gapsAt>[0]['log'];
  readonly state: Pick<StateStore, 'progress'>;
  readonly topics: TopicMap;
  readonly isCopy?: boolean | undefined;
  /** Absent: what is found is forgotten with the process. */
  readonly memory?: LateMemory | undefined;
}

export class LateCopies {
  readonly #parts: LateCopiesParts;
  /** Those the copy may lack records of that the state has held; also where that cannot be told yet, because the copy is behind. */
  #late: ReadonlySet<PartitionKey> | undefined;
  /** Held against the state, and whole. */
  readonly #whole = new Set<PartitionKey>();

  constructor(parts: LateCopiesParts) {
    this.#parts = parts;
  }

  /** Partitions that this instance could not take on from `through`. */
  async missing(through: PositionVector): Promise<readonly PartitionKey[]> {
    const late = await this.#look();
    const gaps = new Set(await gapsAt(this.#parts, through));
    return foldedPartitions(this.#parts).filter((key) => gaps.has(key) || (late.has(key) && !through.has(key)));
  }

  async #look(): Promise<ReadonlySet<PartitionKey>> {
    const { log, state, memory } = this.#parts;
    const before = this.#late ?? new Set(await memory?.read());
    const late = new Set(before);
    const [starts, progress, ends] = [await log.starts(), await state.progress(), await log.ends()];
    for (const partition of foldedPartitions(this.#parts)) {
      const held = progress.get(partition);
      if (held === undefined || (starts.get(partition) ?? 0n) === 0n) continue;
      if ((ends.get(partition) ?? 0n) <= held.through) {
        if (!this.#whole.has(partition)) late.add(partition);
        continue;
      }
      const copied = (await log.recordsThrough(new Map([[partition, held.through]]))).get(partition) ?? 0n;
      const { applied, superseded, duplicate, rejected } = held.counts;
      if (BigInt(applied + superseded + duplicate + rejected) > copied) {
        late.add(partition);
        this.#whole.delete(partition);
      } else {
        late.delete(partition);
        this.#whole.add(partition);
      }
    }
    const isNew = late.size !== before.size || [...late].some((partition) => !before.has(partition));
    if (isNew) await memory?.write([...late]);
    this.#late = late;
    return late;
  }
}
