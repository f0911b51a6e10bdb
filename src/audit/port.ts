/**
 * The audit log: one record per released snapshot, on disk before the reply (P9). Contract: `contract.ts`.
 */
import type { Digest } from '../domain/canonical.js';
import type { Position } from '../domain/position.js';

/** Who a snapshot was released to. `subject` names a credential, never a person. */
export interface ReleasedTo {
  readonly subject: string;
  readonly scopes: readonly string[];
}

export interface AuditEntry {
  readonly id: Digest;
  readonly tenant: string;
  /** Canonical JSON; `id` is its SHA-256. */
  readonly manifest: string;
  readonly releasedTo: ReleasedTo;
  readonly requestId: string;
  /** W3C trace context of the request, when it had one. */
  readonly traceparent: string | null;
}

export interface RecordedEntry extends AuditEntry {
  readonly position: Position;
  /** When the record was written, milliseconds since 1970. */
  readonly recordedAtMs: number;
}

export interface AuditLog {
  /** Durable when it resolves. Throws `audit_unavailable` when it cannot be: the snapshot is then not released. */
  record(entry: AuditEntry): Promise<Position>;
  /**
   * The entry of a snapshot of this tenant; another tenant's does not exist. `damaged`: there is a record, but it does not hold
   * what its frame says, or not in a shape this code reads. `expired`: there was one, retention took it; when
   * `limits.expiredSnapshotsMax` later ones have gone as well, it is `not_found`.
   */
  find(tenant: string, id: Digest): Promise<AuditFinding>;
  /** How many snapshots are on record. */
  readonly count: number;
}

export type AuditFinding =
  | { readonly kind: 'found'; readonly entry: RecordedEntry }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'expired' };
