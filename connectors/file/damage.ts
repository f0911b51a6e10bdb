/** Errors of the embedded log's files, each with what an operator does about it. */
import { type ErrorFacts, TidemarkError } from '../../src/errors.js';

export interface DamagePlace {
  readonly file: string;
  readonly byte: number;
  /** Decimal offset of the first record that cannot be trusted. */
  readonly offset: bigint;
}

/** Bytes that are not what was written. Never repaired here: cutting them off would lose acknowledged records. */
export function damagedAt(place: DamagePlace, reason: string): TidemarkError {
  return new TidemarkError({
    code: 'log_damaged',
    message: `The log file ${place.file} is damaged at byte ${place.byte}, offset ${place.offset}: ${reason}.`,
    advice:
      'Restore this file from a backup or a replica. To give up every record of the partition from this offset on, ' +
      'move away its later files and truncate this one at that byte, then start again.',
    retriable: false,
    facts: { file: place.file, byte: place.byte, offset: String(place.offset), reason },
  });
}

/** A file that cannot be part of this log, or one that should be there and is not. */
export function damagedFile(file: string, reason: string): TidemarkError {
  return new TidemarkError({
    code: 'log_damaged',
    message: `The log file ${file} cannot be used: ${reason}.`,
    advice: 'Move a stray file out of the folder, or restore the missing one from a backup, then start again.',
    retriable: false,
    facts: { file, reason },
  });
}

/** The disk refused; nothing of the group was acknowledged. */
export function logFailed(what: string, cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `The log could not be written: ${what}.`,
    advice: 'Check that the disk has space and is healthy, then restart the service; until then the log only reads.',
    retriable: false,
    cause,
  });
}

/** The disk refused a part of a copy; the log that it is of still has it. */
export function copyFailed(cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'The journal could not be written.',
    advice: 'Check that the disk has space and is healthy; copying goes on by itself once it has.',
    retriable: true,
    cause,
  });
}

/** What a failed sync left on the disk is unknown until the journal is opened again. */
export function syncLost(cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'The journal could not be synced, and what of it is on the disk is unknown.',
    advice: 'Check that the disk is healthy, then restart the service; until then the journal only reads.',
    retriable: false,
    cause,
  });
}

/** A batch that would put an offset there twice, or out of order. */
export function notNext(offset: bigint, end: bigint): TidemarkError {
  const message = `The journal goes on at offset ${end}, and a batch came with ${offset}.`;
  const advice = 'Copy on from where the journal ends.';
  return refused('request_invalid', { message, advice, facts: { offset: String(offset), end: String(end) } });
}

/** Records of a topic that was made again under its name. */
export function otherIncarnation(topic: string): TidemarkError {
  const message = `A batch is of another making of the topic "${topic}" than the journal has.`;
  return refused('request_invalid', { message, advice: 'Accept that the topic was recreated.', facts: { topic } });
}

/** Nothing that is to be kept is lost by it. */
export function expiryFailed(cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'Segments that have expired could not be removed.',
    advice: 'Check that the disk is healthy; the next expiry or the next start goes on where this one stopped.',
    retriable: true,
    cause,
  });
}

/** A read of a range was overtaken by retention: what was read is right, but it is not the whole range. */
export function expiredUnderWay(next: bigint, start: bigint): TidemarkError {
  return new TidemarkError({
    code: 'past_lost',
    message: `Records have expired while they were being read, from offset ${next} up to ${start}.`,
    advice: 'Read again from the first kept record, or keep the records of this topic for longer.',
    retriable: false,
    facts: { reason: 'expired', from: String(next), start: String(start) },
  });
}

export function refused(
  code: 'config_invalid' | 'request_invalid' | 'request_too_large',
  facts: RefusalFacts,
): TidemarkError {
  return new TidemarkError({ code, retriable: false, ...facts });
}

interface RefusalFacts {
  readonly message: string;
  readonly advice: string;
  readonly facts?: ErrorFacts;
}

export function overloaded(records: number): TidemarkError {
  return new TidemarkError({
    code: 'overloaded',
    message: 'Too many appends are waiting for the disk.',
    advice: 'Try again later, with longer pauses.',
    retriable: true,
    facts: { recordsWaiting: records },
  });
}

export function logClosed(): TidemarkError {
  return new TidemarkError({
    code: 'stopping',
    message: 'The log is closed.',
    advice: 'Send this to the next instance, or try again after the restart.',
    retriable: true,
  });
}
