/** The part of a running service that keeps checkpoints and, where retention is configured, lets expired records go. */
import type { Clock } from '../domain/clock.js';
import type { ExpiringLog, Retention } from '../log/retention.js';
import type { CaptureParts } from './capture.js';
import { Checkpointer } from './checkpointer.js';
import { reportsNoCheckpoint } from './report.js';
import type { Resumed, ResumeParts } from './resume.js';
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

export interface KeepingParts extends ResumeParts {
  readonly clock: Clock;
  /** Absent: every record is kept. */
  readonly retention?: RetentionSettings;
}

/** Null where the service was started without checkpoints. `captured`: what a checkpoint takes out beside the state. */
export function keepCheckpoints(
  parts: KeepingParts,
  { bases, covered, begun }: Resumed,
  captured: Pick<CaptureParts, 'index' | 'rejected' | 'recorded'>,
): CheckpointKeeping | null {
  const {
    log,
    topics,
    clock,
    checkpointing,
    retention: settings,
    checkpointReport: report = reportsNoCheckpoint,
  } = parts;
  if (checkpointing === undefined || bases === null) return null;
  const through = () => parts.state.through();
  const common = { log, topics, clock, report, begun, through, ...captured, ...checkpointing };
  const checkpointer = new Checkpointer(common, covered);
  const retention =
    settings === undefined
      ? null
      : new RetentionKeeper({
          ...common,
          checkpointer,
          bases,
          expiring: settings.log,
          retentionOf: settings.retentionOf,
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
