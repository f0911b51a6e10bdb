/** What checkpoints and retention tell whoever watches: logs, tests. Facts only. */
import type { ExpiredRange } from '../log/retention.js';
import type { CheckpointName } from './port.js';

export interface CheckpointReport {
  written(name: CheckpointName, records: bigint): void;
  /** The service goes on; it is tried again later. */
  failed(error: unknown): void;
  expired(ranges: readonly ExpiredRange[]): void;
  /** The base, on which replays of older snapshots rest, turned out to be unreadable. */
  baseLost(why: string): void;
}

export const reportsNoCheckpoint: CheckpointReport = {
  written: () => {},
  failed: () => {},
  expired: () => {},
  baseLost: () => {},
};
