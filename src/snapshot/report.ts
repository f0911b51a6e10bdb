/** What the snapshot service tells whoever watches it. Facts only; no customer text. */
export interface SnapshotReport {
  /** A snapshot has been released without its audit record: `AUDIT=best-effort` allows it, and nobody will find it on record. */
  unrecorded(error: unknown): void;
}

export const reportsNoSnapshot: SnapshotReport = { unrecorded: () => {} };
