/**
 * What a checkpoint holds of a store without durability of its own, and the small port by which it is taken out and put back. A
 * store that is durable by itself, as Redis is, does not implement it: it resumes from its own progress.
 */
import type { Entity, EntityKeyText } from '../domain/entity.js';
import type { PartitionKey } from '../domain/position.js';
import type { BlockedMark, PartitionProgress } from '../state/port.js';

/** An entity as it lies in a checkpoint. Most are never asked for between two starts, so each is decoded when it is. */
export interface SleepingEntity {
  readonly name: EntityKeyText;
  /** The account it is a member of; null for what is deleted or the tenant's. */
  readonly owner: string | null;
  /** Places of its chunk that its row refers to, and the row itself: a later checkpoint copies them as they are. */
  readonly row: Uint8Array;
  readonly placeOf: (index: number) => RowPlace;
  wake(): Entity;
}

/** Where rows say that a watermark is, but for the offset: many rows share one. */
export type RowPlace = readonly [
  topic: string,
  partition: number,
  incarnation: string,
  ordinal: number,
  leaderEpoch: number,
];

export interface StateContents {
  readonly progress: ReadonlyMap<PartitionKey, PartitionProgress>;
  readonly blocked: readonly BlockedMark[];
  readonly entities: readonly (Entity | SleepingEntity)[];
}

export interface CapturableState {
  /** Everything as of this instant, between two writes. Synchronous and cheap: entities are immutable, so they are only referred to. */
  capture(): StateContents;
  /** Of an empty store. */
  restore(contents: StateContents): void;
}

export function isSleeping(entity: Entity | SleepingEntity): entity is SleepingEntity {
  return 'wake' in entity;
}
