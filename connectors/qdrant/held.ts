/** What the index holds, entity by entity, for whoever compares it with the state. */
import type { Digest } from '../../src/domain/canonical.js';
import type { EntityKey } from '../../src/domain/entity.js';
import { keyOf, markerId, type PointPayload, payloadOf } from './points.js';
import type { Page } from './replies.js';

export interface HeldEntity {
  readonly key: EntityKey;
  /** Null: a tombstone. */
  readonly entityHash: Digest | null;
  /** The highest of its points. */
  readonly revision: number;
  /** Passages that a search can find. */
  readonly passages: number;
  /** Whether those are all that it had at this revision, and none of another. */
  readonly isWhole: boolean;
}

/** `pages` in the order of ids, in which the points of an entity are neighbours. `dropped` is told of points that are no passages. */
export async function* heldEntities(pages: AsyncIterable<Page>, dropped: () => void): AsyncGenerator<HeldEntity> {
  let group: PointPayload[] = [];
  for await (const { points } of pages) {
    for (const { id, payload } of points) {
      const passage = payloadOf(id, payload);
      if (passage === null) {
        if (id !== markerId) dropped();
        continue;
      }
      if (group[0] !== undefined && group[0].entity !== passage.entity) {
        yield heldOf(group);
        group = [];
      }
      group.push(passage);
    }
  }
  if (group.length > 0) yield heldOf(group);
}

function heldOf(group: readonly PointPayload[]): HeldEntity {
  const newest = group.reduce((best, one) => (one.rev > best.rev ? one : best));
  const living = group.filter(({ deleted }) => !deleted);
  const isOfOne = living.every(({ rev, hash }) => rev === newest.rev && hash === newest.hash);
  return {
    key: keyOf(newest),
    entityHash: newest.hash,
    revision: newest.rev,
    passages: living.length,
    isWhole: isOfOne && living.length === newest.of,
  };
}
