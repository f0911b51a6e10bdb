/**
 * The audit log: one record per released snapshot, on disk before the reply (P9). Contract: `contract.ts`.
 */
import type { Digest } from '../domain/canonical.js';
import type { AuditPlace } from './place.js';

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
  /** The interaction that the caller says it belongs to. Absent: none was named. */
  readonly correlationId?: string | undefined;
}

export interface RecordedEntry extends AuditEntry {
  readonly position: AuditPlace;
  /** When the record was written where it stands now, milliseconds since 1970. */
  readonly recordedAtMs: number;
}

export interface AuditLog {
  /** Durable when it resolves. Throws `audit_unavailable` when it cannot be: the snapshot is then not released. */
  record(entry: AuditEntry): Promise<AuditPlace>;
  /**
   * The entry of a snapshot of this tenant; another tenant's does not exist. `damaged`: there is a record, but it does not hold
   * what its frame says, or not in a shape this code reads. `expired`: there was one, retention took it; when
   * `limits.expiredSnapshotsMax` later ones have gone as well, it is `not_found`. `behind`: none is known here, and what others have
   * recorded could not be read to its end in time.
   */
  find(tenant: string, id: Digest): Promise<AuditFinding>;
  /** How many snapshots are on record. */
  readonly count: number;
  /** What is on this machine's disk and not yet in the audit topic; null where nothing ever waits. */
  readonly spool: SpoolReading | null;
}

export interface SpoolReading {
  readonly records: number;
  readonly bytes: number;
  /** Since the oldest of them was written; 0 when there is none. */
  readonly oldestMs: number;
}

export type AuditFinding =
  | { readonly kind: 'found'; readonly entry: RecordedEntry }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'behind' };

/** What the audit log tells whoever watches it. Facts only; no customer text. */
export interface AuditReport {
  /** Records stay in the spool and are tried again; told once for as long as it lasts. */
  shippingFailed(error: unknown): void;
  shippingResumed(): void;
}

export const reportsNoAudit: AuditReport = { shippingFailed: () => {}, shippingResumed: () => {} };
