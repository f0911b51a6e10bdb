/**
 * Of a record that no frame holds, a journal keeps a stand-in: it takes the record's place, and is read and rejected as too large like
 * the record, but its bytes are not the record's. The mark is a last header on a value of exactly one byte more than an event may have:
 * whoever copies puts a stand-in of its own also in the place of a whole record of that very form, so that no producer can forge one.
 */
import { limits } from '../limits.js';
import type { LogRecord, RecordHeader } from './port.js';

const NAME = 'tidemark.journal.standin';

type Content = Pick<LogRecord, 'key' | 'headers' | 'value'>;

/** One byte more than an event may have. */
export const standInBytes = limits.eventBytesMax + 1;

/** The last header of a stand-in. */
export function standInMark(original: Content): RecordHeader {
  return [NAME, new TextEncoder().encode(String(contentBytes(original)))];
}

export function isStandIn({ headers, value }: Content): boolean {
  return value?.length === standInBytes && headers.at(-1)?.[0] === NAME;
}

/** What a person is told of the record that a stand-in is for. */
export function standInText({ headers }: Content): string {
  const bytes = new TextDecoder().decode(headers.at(-1)?.[1]);
  return `a record of ${bytes} bytes, more than the journal holds: the original is only in its topic`;
}

function contentBytes({ key, headers, value }: Content): number {
  const ofHeaders = headers.reduce((sum, [name, content]) => sum + Buffer.byteLength(name) + content.length, 0);
  return (key?.length ?? 0) + ofHeaders + (value?.length ?? 0);
}
