/** What the materializer tells whoever watches it: metrics, logs, a progress bar. Facts only; no customer text. */
import type { PartitionKey, Position } from '../domain/position.js';
import type { ReconcileFindings } from '../state/findings.js';
import type { StateTrouble } from '../state/port.js';
import type { Regress } from './standing.js';

export interface MaterializerReport {
  applied(partition: PartitionKey, records: number): void;
  /** Another owner was faster; the slice is folded again. */
  conflicted(partition: PartitionKey, keys: number): void;
  /** The slice stays and is tried again. */
  writeFailed(partition: PartitionKey, error: unknown): void;
  /** A decision that could not be carried out; the rejected event stays as it was. */
  decisionIgnored(rejected: string, why: string): void;
  /** The state or the journal could not be asked how far others have come; asked again. */
  followFailed(error: unknown): void;
  /** What the state says cannot be believed now; null: it can again. Told when it changes. */
  stateTroubled(trouble: StateTrouble | null): void;
  /** The state has fallen back, or begun anew; what it lacks is folded again from the journal. */
  regressed(regress: Regress): void;
  /** Partitions that are not applied here, because the copy of them begins after what the state lacks. Told when it changes; none: all are. */
  historyMissing(partitions: readonly PartitionKey[]): void;
  /** State and index have been held against the journal. */
  reconciled(found: ReconcileFindings): void;
  commitFailed(error: unknown): void;
  indexed(entities: number): void;
  /** Told for each entity that could not be indexed, or once when nothing could be looked at; marks stay pending and are tried again. */
  indexFailed(error: unknown): void;
  /** The index will not take an entity, last changed there, as it is. It stays pending, and questions score it; told at each try. */
  indexRefused(changedAt: Position, reason: string): void;
}

export const reportsNothing: MaterializerReport = {
  applied: () => {},
  conflicted: () => {},
  writeFailed: () => {},
  decisionIgnored: () => {},
  followFailed: () => {},
  stateTroubled: () => {},
  regressed: () => {},
  historyMissing: () => {},
  reconciled: () => {},
  commitFailed: () => {},
  indexed: () => {},
  indexFailed: () => {},
  indexRefused: () => {},
};

/** What has been told of how often, since this process began. */
export interface Tally {
  /** Writes that the state refused, because another owner had been faster. */
  conflicts: number;
  /** Times that the state had fallen back or begun anew. */
  regresses: number;
}

export function tallied(report: MaterializerReport, tally: Tally): MaterializerReport {
  return {
    ...report,
    conflicted: (partition, keys) => {
      tally.conflicts += 1;
      report.conflicted(partition, keys);
    },
    regressed: (regress) => {
      tally.regresses += 1;
      report.regressed(regress);
    },
  };
}
