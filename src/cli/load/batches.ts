/** Lines to batches that one request can carry; what cannot be a line of a batch is set apart with its reason. */
import { readJson } from '../../domain/json.js';
import { linesOf, type RawLine } from '../../domain/lines.js';
import { limits } from '../../limits.js';

export interface EventLine {
  readonly number: number;
  /** JSON text, passed on as it is: reading and writing it again could change numbers. */
  readonly text: string;
}

export interface BadLine {
  readonly number: number;
  readonly bytes: Buffer;
  readonly reason: string;
}

export interface Batch {
  readonly lines: readonly EventLine[];
  /** Not sent: they are no events whoever reads them. */
  readonly bad: readonly BadLine[];
  /** The line after the last one of this batch. */
  readonly nextLine: number;
  readonly inputBytes: number;
}

// Brackets and commas around the events of a request.
const ENVELOPE_BYTES = 2 * limits.batchEventsMax;
const BATCH_BYTES_MAX = limits.requestBytesMax - ENVELOPE_BYTES;

export async function* batchesOf(
  chunks: AsyncIterable<Uint8Array>,
  { fromLine, eventsMax }: { readonly fromLine: number; readonly eventsMax: number },
): AsyncGenerator<Batch> {
  let lines: EventLine[] = [];
  let bad: BadLine[] = [];
  let bytes = 0;
  let last: RawLine | undefined;
  const batch = (): Batch => {
    const full = { lines, bad, nextLine: (last?.number ?? 0) + 1, inputBytes: last?.inputBytes ?? 0 };
    [lines, bad, bytes] = [[], [], 0];
    return full;
  };
  for await (const raw of linesOf(chunks, limits.eventBytesMax)) {
    if (raw.number >= fromLine && !isBlank(raw)) {
      if (lines.length > 0 && bytes + raw.bytes.length > BATCH_BYTES_MAX) yield batch();
      const reason = faultOf(raw);
      if (reason === undefined) {
        // A byte order mark is fine at the start of a file and nowhere inside a request.
        lines.push({ number: raw.number, text: raw.bytes.toString('utf8').replace(/^\ufeff/, '') });
        bytes += raw.bytes.length;
      } else bad.push({ number: raw.number, bytes: raw.bytes, reason });
    }
    last = raw;
    if (lines.length >= eventsMax || bad.length >= eventsMax) yield batch();
  }
  yield batch();
}

function isBlank({ bytes }: RawLine): boolean {
  return bytes.length === 0 || bytes.toString('latin1').trim() === '';
}

function faultOf({ bytes, tooLong }: RawLine): string | undefined {
  if (tooLong) return `too_large: the line is longer than ${limits.eventBytesMax} bytes`;
  const reading = readJson(bytes);
  return reading.ok ? undefined : `${reading.rejection.reason}: ${reading.rejection.detail}`;
}
