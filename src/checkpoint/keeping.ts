/** The part of a running service that keeps checkpoints and, where retention is configured, lets expired records go. */
import type { PositionVector } from '../domain/position.js';
import type { ExpiringLog, Retention } from '../log/retention.js';
import type { Bases } from './bases.js';
import { Checkpointer, type CheckpointerParts } from './checkpointer.js';
import type { Checkpointing } from './resume.js';
import { RetentionKeeper } from './retention.js';

/** The log once more, as one that lets records go, and what is configured for its topics. */
export interface RetentionSettings {
  readonly log: ExpiringLog;
  readonly retentionOf: ReadonlyMap<string, Retention>;
}

export interface CheckpointKeeping {
  readonly checkpointer: Checkpointer;
  /** Null where everything is kept for ever. */
  readonly retention: RetentionKeeper | null;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** After everything else has stopped. */
  finish(): Promise<void>;
}

export interface KeepingParts extends Omit<CheckpointerParts, 'store' | 'state'> {
  readonly checkpointing: Checkpointing;
  readonly bases: Bases;
  readonly retention: RetentionSettings | null;
}

export function keepCheckpoints(parts: KeepingParts, covered: PositionVector): CheckpointKeeping {
  const { checkpointing, bases, retention: settings, log } = parts;
  const checkpointer = new Checkpointer({ ...parts, ...checkpointing }, covered);
  const retention =
    settings === null
      ? null
      : new RetentionKeeper({
          ...parts,
          store: checkpointing.store,
          checkpointer,
          bases,
          expiring: settings.log,
          retentionOf: settings.retentionOf,
          log,
        });
  return {
    checkpointer,
    retention,
    run: async (signal) => {
      await Promise.all([checkpointer.run(signal), retention?.run(signal)]);
    },
    finish: () => checkpointer.finish(),
  };
}
