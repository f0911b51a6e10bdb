/**
 * The state store: entities with their watermarks, who belongs to which account, which keys are blocked, what the index has not
 * seen yet, and how far each partition has been applied. Implementations: `connectors/memory`, later Redis. Contract: `contract.ts`.
 */
import type { Digest } from '../domain/canonical.js';
import type { Entity, EntityKey, PresentEntity, Watermark } from '../domain/entity.js';
import type { Concern } from '../domain/parse.js';
import type { PartitionKey, PositionVector } from '../domain/position.js';
import type { IndexMark } from '../retrieval/port.js';
import type { PolicySet } from './policy-set.js';

/** Outcomes of folded records. P1: every record at or below `through` is counted in exactly one. */
export interface OutcomeCounts {
  readonly applied: number;
  readonly superseded: number;
  readonly duplicate: number;
  readonly rejected: number;
}

/** Why a key, or what of a topic could not be told, reads as blocked: a rejected record nobody has decided about. */
export interface BlockedMark {
  /** Position of the rejected record, `topic:partition:offset`. */
  readonly rejected: string;
  readonly concern: Concern;
}

export interface EntityChange {
  readonly entity: Entity;
  /**
   * The watermark the change was folded on; null where there was no entity. Another one in the store is a conflict, and so is a revision
   * above that of `entity`: it was raised since (`renew`).
   */
  readonly expected: Watermark | null;
  /**
   * The entity it was folded on, of which a store may make use: it tells where the entity was, and another revision in the store is a
   * conflict as well. Absent: not known, or none.
   */
  readonly foldedOn?: Entity;
}

/** How far one partition has come with a write. */
export interface ProgressMade {
  readonly partition: PartitionKey;
  /** Everything of the partition up to and including this offset is in the store once the write is. */
  readonly through: bigint;
  /**
   * How far the partition was when this was made, -1 at its start; anything else in the store is a conflict, so that counts are added
   * once, however often and late a write arrives. Absent: it does not matter.
   */
  readonly after?: bigint;
  /** Added to the partition's counts; a redrive moves some from one outcome to another, so they may be negative. */
  readonly counts: OutcomeCounts;
}

/** How far a partition that the write does not move has to be still: what was folded rests on it. */
export interface ProgressHeld {
  readonly partition: PartitionKey;
  /** -1: nothing of it has been applied. */
  readonly through: bigint;
}

/** What one slice of one partition did, or one decision about a record of another partition. */
export interface StateWrite {
  /** One entry per partition: a decision and what it changed are seen together or not at all. */
  readonly progress: readonly ProgressMade[];
  /** Anything else in the store is a conflict. Absent: the write rests on no other partition. */
  readonly held?: readonly ProgressHeld[];
  readonly changes: readonly EntityChange[];
  /** Keys whose whole state was replaced: their marks are lifted, before `block` is added. */
  readonly replaced: readonly EntityKey[];
  /** Positions of rejected records an operator has decided about: they no longer block. */
  readonly decided: readonly string[];
  readonly block: readonly BlockedMark[];
}

export type WriteResult =
  | { readonly kind: 'written' }
  /** Nothing was written: another owner, or an earlier try, was faster. `keys` may be empty. Read again and fold again. */
  | { readonly kind: 'conflict'; readonly keys: readonly EntityKey[] };

/** A tenant as of one instant: all parts belong together. */
export interface TenantView {
  /** All versions of the tenant's policies: immutable and content-addressed. */
  readonly policies: PolicySet;
  /** Marks that concern what is asked for, or that nobody can say do not. A mark follows its key to the account that has it now. */
  readonly blocked: readonly BlockedMark[];
  readonly through: PositionVector;
}

/** One account as of one instant. */
export interface AccountView extends TenantView {
  /** Undefined: this store has never heard of it. */
  readonly account: Entity | undefined;
  /** Present tickets and entitlements that belong to it. */
  readonly members: readonly PresentEntity[];
  /** Moves with every change that touches the account. */
  readonly version: number;
}

/** An entity whose passages the index may not have yet. */
export interface PendingMark {
  readonly entity: Entity;
  readonly hash: Digest | null;
}

/**
 * What moved: an account, or with `accountId` null a tenant's policies; both null for progress alone. `anything`: what moved was not
 * told, such as while a store in another process could not be heard, so whoever waits for something has to look for it.
 */
export type StateMove = { readonly tenant: string | null; readonly accountId: string | null } | 'anything';

export interface PartitionProgress {
  readonly through: bigint;
  readonly counts: OutcomeCounts;
}

/** Why what the store says cannot be believed now. */
export type StateTrouble =
  /** It does not answer in time. */
  | { readonly kind: 'unreachable'; readonly error: string }
  /** It is set up to drop what it holds when memory runs short: what it does not show may have been there. */
  | { readonly kind: 'evicting'; readonly policy: string };

/** An entity of which the index holds `above`, of a history that this store does not share. */
export interface Renewal {
  readonly key: EntityKey;
  readonly above: number;
}

/** Reading only: what assembly needs. A past state rebuilt from the journal offers the same. */
export interface StateReader {
  account(tenant: string, accountId: string): Promise<AccountView>;
  tenant(tenant: string): Promise<TenantView>;
  entities(keys: readonly EntityKey[]): Promise<readonly (Entity | undefined)[]>;
  /** Policies of a tenant that the index has not acknowledged, newest first: names alone, for there may be thousands. */
  pendingKeys(tenant: string): Promise<readonly EntityKey[]>;
  through(): Promise<PositionVector>;
}

/**
 * A store may lose what it holds, or fall back to an earlier moment: then `through` is empty or lower, everything it says is exact for
 * that, and what it lacks is folded again from the journal. What it has no progress for is unknown, never absent.
 */
export interface StateStore extends StateReader {
  /** As last known; null: none. While there is one, what cannot be believed rejects with `state_unavailable`. */
  readonly trouble: StateTrouble | null;
  /**
   * How many writes of one process may be under way at once; they are made in the order in which they began. Absent: one, and what the
   * store is asked costs next to nothing.
   */
  readonly writesAtOnce?: number;
  /** Identity of what the store holds: a store that has lost it and begun anew has another one. */
  contents(): Promise<string>;
  /** One atomic step: values, watermarks, pending marks, blocked marks, progress. */
  write(write: StateWrite): Promise<WriteResult>;
  progress(): Promise<ReadonlyMap<PartitionKey, PartitionProgress>>;
  /** How many marks there are, of everybody. Asked for about once a second. */
  pendingCount(): Promise<number>;
  /** Oldest first. */
  allPending(countMax: number): Promise<readonly PendingMark[]>;
  /**
   * Clears a mark only if the entity is still the one that was indexed, and only where the marks are for this index (null: for one that
   * begins with its process) and nobody has said that it is further. Remembers how far it is.
   */
  indexed(marks: readonly PendingMark[], by?: IndexMark | null): Promise<void>;
  /**
   * Marks everything the index is to hold as pending, tombstones too. From then on the marks are for this index, from this revision of
   * it: what it had before, or another one has, clears none. Returns how many.
   */
  repend(by?: IndexMark | null): Promise<number>;
  /** Raises the revision above `above` and sets the mark, whether it had to be raised or not; of what the store does not have, nothing. */
  renew(keys: readonly Renewal[]): Promise<void>;
  /** Called after each write, in order, synchronously: listeners only take notes. Returns how to stop. */
  watch(listener: (moves: readonly StateMove[]) => void): () => void;
}

/** A store that says for which index its marks are: one whose index outlives the process. */
export interface MarkingStore extends StateStore {
  /** The index, and the highest revision of it at which marks were cleared; null: one that begins with its process. */
  indexMark(): Promise<IndexMark | null>;
}
