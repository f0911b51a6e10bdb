/**
 * Records of others that no frame holds: a log of others may take larger ones, and more headers, than a journal of ours does. One such
 * record must not end the copying, and what cannot be kept whole must not pass for an event.
 */
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { RecordHeader } from '../../src/log/port.js';
import type { RemoteRecord } from '../../src/log/remote-port.js';
import { admittedBytes } from './admission.js';

/**
 * The record itself when a frame holds it; or else a stand-in with the beginnings of its parts, whose value is one byte longer than an
 * event may be, cut or filled up with zeros: whoever reads it rejects it as too large, as the record would have been.
 */
export function fitted(record: RemoteRecord): { readonly record: RemoteRecord; readonly isCut: boolean } {
  if (fits(record)) return { record, isCut: false };
  const value = new Uint8Array(limits.eventBytesMax + 1);
  value.set((record.value ?? new Uint8Array()).subarray(0, value.length));
  const key = record.key?.subarray(0, limits.recordHeaderBytesMax) ?? null;
  return { record: { ...record, key, headers: firstHeaders(record.headers), value }, isCut: true };
}

function fits({ key, headers, value }: RemoteRecord): boolean {
  try {
    return admittedBytes({ key, headers, value }) > 0;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'request_too_large') return false;
    throw error;
  }
}

function firstHeaders(headers: readonly RecordHeader[]): readonly RecordHeader[] {
  let bytes = 0;
  const kept: RecordHeader[] = [];
  for (const [name, value] of headers.slice(0, limits.recordHeadersMax)) {
    bytes += Buffer.byteLength(name) + value.length;
    if (bytes > limits.recordHeaderBytesMax) break;
    kept.push([name, value]);
  }
  return kept;
}
