/**
 * Which partitions this process applies to a state that others write too. A hint about work and never about right: of two that apply
 * the same partition one loses every compare of `StateStore.write`, so an overlap costs work and a gap costs time.
 */
import type { PartitionKey } from '../domain/position.js';

export interface Ownership {
  owns(partition: PartitionKey): boolean;
  /** Called when it has changed, synchronously: listeners only take notes. Returns how to stop. */
  watch(listener: () => void): () => void;
  /** All that this process could not apply if it had it, so that another one is given it. Absent: there is no other. */
  cannot?(partitions: readonly PartitionKey[]): void;
}

/** One process has the state to itself. */
export const ownsEverything: Ownership = { owns: () => true, watch: () => () => {} };

/** Others apply; this one reads. */
export const ownsNothing: Ownership = { owns: () => false, watch: () => () => {} };
