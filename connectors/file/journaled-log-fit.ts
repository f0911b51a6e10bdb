/**
 * Records of others that no frame holds: a log of others may take larger ones, and more headers, than a journal of ours does. One such
 * record must not end the copying, and what cannot be kept whole must not pass for an event.
 */
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { RecordHeader } from '../../src/log/port.js';
import type { RemoteRecord } from '../../src/log/remote-port.js';
import { isStandIn, standInBytes, standInMark } from '../../src/log/stand-in.js';
import { admittedBytes } from './admission.js';

/**
 * The record itself when a frame holds it; or else a stand-in with the beginnings of its parts, whose value is one byte longer than an
 * event may be, cut or filled up with zeros: whoever reads it rejects it as too large, as the record would have been. What looks like
 * a stand-in already was made to look so, and gets one that is true.
 */
export function fitted(record: RemoteRecord): { readonly record: RemoteRecord; readonly isCut: boolean } {
  if (fits(record) && !isStandIn(record)) return { record, isCut: false };
  const value = new Uint8Array(standInBytes);
  value.set((record.value ?? new Uint8Array()).subarray(0, value.length));
  const key = record.key?.subarray(0, limits.recordHeaderBytesMax) ?? null;
  const mark = standInMark(record);
  return { record: { ...record, key, headers: [...firstHeaders(record.headers, mark), mark], value }, isCut: true };
}

function fits({ key, headers, value }: RemoteRecord): boolean {
  try {
    return admittedBytes({ key, headers, value }) > 0;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'request_too_large') return false;
    throw error;
  }
}

/** As many as may stand in front of `last`. */
function firstHeaders(headers: readonly RecordHeader[], last: RecordHeader): readonly RecordHeader[] {
  let bytes = bytesOf(last);
  const kept: RecordHeader[] = [];
  for (const [name, value] of headers.slice(0, limits.recordHeadersMax - 1)) {
    bytes += bytesOf([name, value]);
    if (bytes > limits.recordHeaderBytesMax) break;
    kept.push([name, value]);
  }
  return kept;
}

function bytesOf([name, value]: RecordHeader): number {
  return Buffer.byteLength(name) + value.length;
}
