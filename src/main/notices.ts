/** What the logs report, as an operator is told it. */
import type { JournaledLogReport } from '../../connectors/file/journaled-log.js';
import type { FileLogReport } from '../../connectors/file/prepare.js';
import type { RestoreReport } from '../../connectors/file/restore.js';
import type { ShippingReport } from '../../connectors/file/shipping.js';
import type { Retry } from '../../connectors/kafka/follow.js';
import type { Notice } from '../cli/composition.js';
import { acceptCommandText, troubleText } from '../cli/text/troubles.js';
import { TidemarkError, unreachable } from '../errors.js';
import type { PartitionTrouble } from '../log/trouble.js';
import { acceptable, factsOf } from '../log/trouble.js';

export function noticeOfFile(report: FileLogReport): Notice {
  return { level: 'warn', text: textOfFile(report) };
}

function textOfFile(report: FileLogReport): string {
  if (report.kind === 'committed_unreadable') return 'committed.json of the log made no sense and counts as empty';
  if (report.kind === 'sidecar_rebuilt') return `the index ${report.path} was not used and is made anew: ${report.why}`;
  const { bytesCut, partition, fromOffset } = report;
  return `an unfinished write of ${bytesCut} bytes, never acknowledged, was cut off ${partition} at offset ${fromOffset}`;
}

export function noticeOfJournal(report: JournaledLogReport): Notice {
  switch (report.kind) {
    case 'trouble_began':
      return { level: 'warn', text: `${report.partition}: ${wordsOf(report.trouble)}${remedyOf(report)}` };
    case 'trouble_ended':
      return { level: 'info', text: `${report.partition} is read again: ${wordsOf(report.trouble)} no longer` };
    case 'acceptance_carried_out':
      return { level: 'info', text: `${report.partition}: what was accepted was done (${report.trouble.kind})` };
    case 'acceptance_outdated':
      return {
        level: 'warn',
        text: `${report.partition}: ${report.trouble.kind} was accepted, and something else is the case by now: nothing was done`,
      };
    case 'copy_begun_late':
      return {
        level: 'warn',
        text: `${report.partition} is copied from offset ${report.from}: what was before was gone, and what it said is not known`,
      };
    case 'tail_missing':
      return {
        level: 'warn',
        text: `the journal of ${report.partition} lacks offsets ${report.from} to ${report.to - 1n}: they are copied again`,
      };
    case 'record_cut':
      return {
        level: 'warn',
        text: `${report.partition}: offset ${report.offset} is larger than a journal holds: what is kept of it is rejected as too large`,
      };
    case 'marks_unreadable':
      return { level: 'warn', text: 'marks.json of the journal made no sense: copying goes on after the last records' };
    case 'waiting_for_log': {
      const { partitions, offsets } = report;
      const text = `waiting for the log: ${offsets} offsets of ${partitions} partitions of our own topics are still to be copied`;
      return { level: 'info', text };
    }
    case 'copying_failed':
      return { level: 'warn', text: `copying failed and is tried again${causeOf(report.cause)}` };
    case 'sync_failed':
      return {
        level: 'error',
        text: `the journal could not be put on the disk${causeOf(report.cause)}`,
      };
    default:
      return noticeOfFile(report);
  }
}

/** Undefined: nobody's concern. */
export function noticeOfRestore(report: RestoreReport): Notice | undefined {
  switch (report.kind) {
    case 'planned': {
      const { segments, bytes } = report;
      return {
        level: 'info',
        text: 'the journal is filled from the archive where it lacks something',
        facts: { segments, bytes },
      };
    }
    case 'stopped':
      return {
        level: 'warn',
        text: `${report.partition}: nothing more is taken from the archive from offset ${report.at} on: ${report.reason}`,
      };
    case 'progress':
    case 'restored':
      return undefined;
    default:
      return unreachable(report);
  }
}

/** Undefined: nobody's concern. */
export function noticeOfShipping(report: ShippingReport): Notice | undefined {
  switch (report.kind) {
    case 'shipped':
      return undefined;
    case 'unreachable':
      return {
        level: 'warn',
        text: `the journal cannot be shipped to its archive and is kept here; it is tried again${causeOf(report.error)}`,
      };
    case 'reachable':
      return { level: 'info', text: 'the journal is shipped to its archive again' };
    case 'taken_over':
      return {
        level: 'error',
        text: 'another instance has claimed the archive of the journal: nothing more is shipped',
      };
    case 'stuck': {
      const { topic, partition, baseOffset } = report.segment;
      return {
        level: 'error',
        text: `${topic}:${partition} is shipped no further than offset ${baseOffset}: ${report.reason}`,
      };
    }
    default:
      return unreachable(report);
  }
}

export function noticeOfRetry({ partition, why, attempts, cause }: Retry): Notice {
  const text = `${partition} cannot be read and is tried again (${why.replaceAll('_', ' ')})${causeOf(cause)}`;
  return { level: 'warn', text, facts: { attempts } };
}

function wordsOf(trouble: PartitionTrouble): string {
  return troubleText(trouble.kind, factsOf(trouble)) ?? trouble.kind;
}

function remedyOf({ partition, trouble }: { readonly partition: string; readonly trouble: PartitionTrouble }): string {
  return trouble.kind in acceptable ? ` (${acceptCommandText(partition, trouble.kind, factsOf(trouble))})` : '';
}

/** Of an error that is not ours, nothing: its text may hold anything. */
function causeOf(cause: unknown): string {
  return cause instanceof TidemarkError ? `: ${cause.message}` : '';
}
