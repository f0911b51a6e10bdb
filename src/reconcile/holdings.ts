/** What an index that outlives its process tells of itself, for whoever holds it against the state. */
import type { Digest } from '../domain/canonical.js';
import type { EntityKey } from '../domain/entity.js';

export interface Holding {
  readonly key: EntityKey;
  /** Null: a tombstone. */
  readonly entityHash: Digest | null;
  readonly revision: number;
  /** Absent or true: all its passages are there. */
  readonly isWhole?: boolean;
}

export interface IndexHoldings {
  /** Everything held of a tenant, or of all (null), in no order; what is written meanwhile may be missing. */
  held(tenant: string | null): AsyncIterable<Holding>;
  /** Takes out entities that the state has never heard of, up to these revisions. */
  remove(orphans: readonly { readonly key: EntityKey; readonly revision: number }[]): Promise<void>;
  /** Called when the index was cut off or had lost what it held, and can be asked again. Returns how to stop. Absent: it never tells. */
  watch?(listener: () => void): () => void;
}
