/**
 * What a store over several slots is made of: steps each of which is atomic within one slot and says nothing of the others. Of several
 * at once nothing is promised; `cluster-write.ts` and `cluster-read.ts` make writes and views of them. Everything is of one contents.
 */
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import type { IndexMark } from '../../src/retrieval/port.js';
import type { BlockedMark, PartitionProgress, StateMove } from '../../src/state/port.js';
import type { ControlPart, Step } from './plan.js';

/** A write that is decided and perhaps not yet in every slot. Whoever meets it finishes it. */
export interface Intent {
  readonly seq: number;
  /** The seq it rests on, that of the write before. */
  readonly after: number;
  /** Of one try to write, so that it is known again after a reply that was lost. */
  readonly token: string;
  /** Which instance told its own listeners, or will. */
  readonly origin: string;
  readonly parts: readonly IntentPart[];
  readonly control: ControlPart;
  readonly moves: readonly StateMove[];
}

export interface IntentPart {
  readonly stampKey: string;
  readonly steps: readonly Step[];
}

/** The slot of progress and marks. Its seq moves when a write is finished: all writes up to it are in every slot. */
export interface Control {
  readonly seq: number;
  readonly intent: Intent | null;
}

export interface ControlView extends Control {
  readonly through: PositionVector;
  /** Of the tenant, or of those what may concern the account; and of none that is known. */
  readonly blocked: readonly BlockedMark[];
}

export interface Ask {
  readonly key: string;
  /** Null: all fields. */
  readonly field: string | null;
  /** So many of the first lines alone; with all fields, 0: their names alone. */
  readonly lines?: 0 | 1 | 2;
}

/** Asks of one slot, and the hash that has its stamp. */
export interface PartAsk {
  readonly stampKey: string;
  readonly asks: readonly Ask[];
  /** Single values beyond these are not sent: of the asks the first ones are answered, at least one. */
  readonly bytesMax?: number;
}

export interface PartRead {
  /** Of the last write that touched the slot's part; 0: none has. */
  readonly seq: number;
  /** For each ask a value or null, or with all fields a list of field, value, field, value. */
  readonly values: readonly (string | null | readonly string[])[];
}

/** Thrown by every step: the store holds other contents by now, or a server that may have lost some of these. Nothing was done. */
export class ContentsGone extends Error {}

export type Committed =
  | 'committed'
  /** It has no parts, or all of it had been done before. */
  | 'finished'
  /** Another write was decided since the seq this one rests on. */
  | 'moved'
  /** A partition is not where it has to be. */
  | 'conflict';

export interface PendingName {
  readonly tenant: string;
  readonly field: string;
}

export interface Slots {
  look(): Promise<Control>;
  /** With the marks of the tenant, or only those that may concern an account of it; null: of no tenant in particular. */
  view(tenant: string | null, accountId?: string): Promise<ControlView>;
  progress(): Promise<ReadonlyMap<PartitionKey, PartitionProgress>>;
  read(part: PartAsk): Promise<PartRead>;
  /** Stores the intent where the seq is the one it rests on, no other intent is there and its partitions are where they have to be. */
  commit(intent: Intent): Promise<Committed>;
  /** Nothing where the part's stamp is the intent's or a later one. */
  apply(seq: number, part: IntentPart): Promise<void>;
  /** Progress, marks and seq; nothing where another intent is there, or none. */
  finish(intent: Intent): Promise<void>;
  /** Newest first of a tenant; of all tenants, null, oldest first. */
  pending(tenant: string | null, countMax: number): Promise<Control & { readonly names: readonly PendingName[] }>;
  pendingCount(): Promise<number>;
  /** Nothing where marks are for another index, or that one is further. */
  clear(marks: readonly (PendingName & { readonly revision: number })[], by: IndexMark | null): Promise<void>;
  indexMark(): Promise<IndexMark | null>;
  /** Marks are for this one from now on. */
  nameIndex(by: IndexMark | null): Promise<void>;
  /** Tenants that have had a policy. */
  tenants(): Promise<readonly string[]>;
}
