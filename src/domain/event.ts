/** Events: what a record says, once it has been understood. CloudEvents 1.0 attributes and data. */
import type { Digest, JsonObject } from './canonical.js';
import type { EntityKey } from './entity.js';
import type { EntityVersion } from './version.js';

/** What all events carry. `time` is when it happened, RFC 3339 as the source wrote it; null when the source gave none. */
interface EventCore {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly tenant: string;
  readonly time: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  /** Digest of the event's bytes, canonical where we appended them: the same (source, id) with another digest is another event under a used name. */
  readonly digest: Digest;
}

/** A change of one entity. */
export interface EntityEvent extends EventCore {
  readonly about: 'entity';
  readonly key: EntityKey;
  readonly version: EntityVersion | null;
  readonly change:
    | { readonly op: 'upsert'; readonly data: JsonObject }
    | { readonly op: 'patch'; readonly patch: JsonObject }
    | { readonly op: 'delete' };
}

/** A null record value: the source removed the key. It has no id, so it cannot be told from its own repetition; nor need it. */
export interface Tombstone {
  readonly about: 'tombstone';
  readonly tenant: string;
  readonly key: EntityKey;
}

export const interactionKinds = ['control', 'tool', 'decision'] as const;
export type InteractionKind = (typeof interactionKinds)[number];

/** What a copilot or its operator did; it folds into no entity. */
export interface InteractionEvent extends EventCore {
  readonly about: 'interaction';
  readonly kind: InteractionKind;
  /** The workflow, the idempotency key of the call or the decision it belongs to, by kind: its records have one order. */
  readonly subject: string;
  readonly data: JsonObject;
}

export type Event = EntityEvent | Tombstone | InteractionEvent;
