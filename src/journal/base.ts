/**
 * What stands for the expired part of the log: every entity as of a position vector. What was before it can no longer be told; what
 * is after it is folded on top of it.
 */
import type { Entity, EntityKey } from '../domain/entity.js';
import type { PositionVector } from '../domain/position.js';
import type { BlockedMark } from '../state/port.js';

export interface JournalBase {
  /** What it holds is what code of another version made of the records: it cannot tell what this code would have. */
  readonly isOfOtherCode: boolean;
  /** Everything at or below is folded in, the decisions about rejected records as well. */
  readonly through: PositionVector;
  entity(key: EntityKey): Entity | undefined;
  /** Rejected records of the key that nobody had decided about by then. */
  marksOf(key: EntityKey): readonly BlockedMark[];
}

export interface BaseSource {
  /**
   * Whether the journal's index came through every expiry, so that of each key's expired records it has noted the newest. Otherwise a
   * key may have lost records of which nothing is known.
   */
  readonly isIndexWhole: boolean;
  /** Undefined where nothing has ever expired, or where the base turns out to be damaged: then what it stood for is lost. */
  current(): Promise<JournalBase | undefined>;
}

/** Beside a state that outlives its process: the index is made of what the log still has. */
export const noBase: BaseSource = { isIndexWhole: false, current: async () => undefined };
