/** What the materializer and the indexer tell, as log lines. Failures that are tried again are warnings: the next try may succeed. */
import type { AuditReport } from '../audit/port.js';
import type { CheckpointReport } from '../checkpoint/report.js';
import { TidemarkError } from '../errors.js';
import { type MaterializerReport, reportsNothing } from '../materializer/report.js';
import { type Logger, originOf } from '../observability/logger.js';
import type { SnapshotReport } from '../snapshot/report.js';

export function reportTo(logger: Logger): MaterializerReport {
  return {
    ...reportsNothing,
    conflicted: (partition, keys) =>
      logger.warn({ partition, keys }, 'another owner was faster; the slice is folded again'),
    writeFailed: (partition, error) => logger.warn({ partition, ...causeOf(error) }, 'the state store refused a write'),
    decisionIgnored: (rejected, why) => logger.warn({ rejected, why }, 'a decision could not be carried out'),
    followFailed: (error) =>
      logger.warn(causeOf(error), 'the state or the journal could not be asked how far others are'),
    stateTroubled: (trouble) =>
      trouble === null
        ? logger.info('the state store can be believed again')
        : logger.error({ trouble }, 'the state store cannot be believed; reads are refused, events are taken'),
    regressed: ({ partitions, isAnew }) =>
      logger.error(
        { partitions, isAnew },
        isAnew
          ? 'the state store has lost what it held; it is folded again from the journal'
          : 'the state store has fallen back; what it lacks is folded again from the journal',
      ),
    historyMissing: (partitions) =>
      partitions.length === 0
        ? logger.info('the copy of every partition has what the state lacks')
        : logger.error(
            { partitions },
            'the copy of these partitions begins after what the state lacks: they are not applied here, but by an instance that has it',
          ),
    reconciled: (found) => {
      const isSound = found.missing + found.differing + found.orphaned === 0;
      if (isSound) logger.info({ ...found }, 'state and index are what the journal says');
      else logger.error({ ...found }, 'state or index were not what the journal says');
    },
    commitFailed: (error) => logger.warn(causeOf(error), 'the commit failed'),
    indexFailed: (error) =>
      logger.warn(
        causeOf(error),
        isOfState(error) ? 'what is to be indexed could not be asked for' : 'an entity could not be indexed',
      ),
    indexRefused: ({ topic, partition, offset }, reason) =>
      logger.error(
        { topic, partition, offset: String(offset), reason },
        'the index refuses an entity as it is; questions score it beside the index until it changes',
      ),
  };
}

/** A checkpoint that cannot be written is tried again and costs the next start some time; a base that is lost costs replays. */
export function checkpointReportTo(logger: Logger): CheckpointReport {
  return {
    written: ({ number }, records) =>
      logger.info({ checkpoint: number, records: String(records) }, 'a checkpoint of the state was written'),
    failed: (error) => logger.warn(causeOf(error), 'a checkpoint could not be written; it is tried again'),
    expired: (ranges) => {
      for (const { topic, partition, from, to } of ranges) {
        logger.info(
          { topic, partition, from: String(from), to: String(to) },
          'records are past retention and were removed',
        );
      }
    },
    baseLost: (why) =>
      logger.warn({ why }, 'a base checkpoint cannot be used: snapshots that rest on it replay as expired'),
  };
}

/** Releasing without a record is chosen; each time it happens is told. */
export function snapshotReportTo(logger: Logger): SnapshotReport {
  return { unrecorded: (error) => logger.error(causeOf(error), 'a snapshot was released without its audit record') };
}

/** Answers go on meanwhile: their records are on this machine's disk. */
export function auditReportTo(logger: Logger): AuditReport {
  return {
    shippingFailed: (error) =>
      logger.warn(causeOf(error), 'the audit topic takes no records; they wait in the spool and are tried again'),
    shippingResumed: () => logger.info('the audit topic takes records again'),
  };
}

function isOfState(error: unknown): boolean {
  return error instanceof TidemarkError && error.code === 'state_unavailable';
}

function causeOf(error: unknown): object {
  return error instanceof TidemarkError ? { code: error.code, message: error.message } : originOf(error);
}
