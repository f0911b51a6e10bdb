/** Goes through a segment once, when it is opened: every frame is checked and indexed. */
import { limits } from '../../src/limits.js';
import { damagedAt, damagedFile } from './damage.js';
import { readRange } from './file-steps.js';
import type { FileSystemPort, OpenFile } from './files.js';
import { checkFrame, findFrame, frameBytesAt, frameOffsetAt, isContinuingAt, viewOf } from './frame.js';
import type { Origin } from './partition-folder.js';
import { Segment } from './segment.js';
import { checkSegmentHeader, type PartitionIdentity, segmentHeader } from './segment-header.js';

/** The end of a segment that cannot be read: a write that a crash or a full disk cut short. */
export interface TornEnd {
  readonly path: string;
  /** What is intact; 0 when not even the header is, then the whole file goes. */
  readonly bytesKept: number;
  readonly bytesCut: number;
  /** Offset of the first record that is not there. */
  readonly fromOffset: bigint;
  /** Nothing but zeros: room that was reserved, or a lost write. */
  readonly isBlank: boolean;
}

/** `segment` is undefined when nothing of the file can be kept. */
export interface ScannedSegment {
  readonly segment: Segment | undefined;
  readonly torn: TornEnd | undefined;
}

export interface SegmentFile {
  readonly folder: string;
  readonly path: string;
  readonly baseOffset: bigint;
  readonly identity: PartitionIdentity;
  readonly origin: Origin;
  readonly ownerEpoch: number;
}

/**
 * Checks the header and every frame, whose offsets must be as the origin says. Rejects with `log_damaged` for a foreign file, an
 * unknown format, or an intact frame after an unreadable place that had been synced.
 */
export async function scanSegment(files: FileSystemPort, of: SegmentFile): Promise<ScannedSegment> {
  const file = await files.open(of.path, 'read');
  try {
    const fileBytes = await file.size();
    const expected = segmentHeader(of.identity, of.baseOffset, of.ownerEpoch);
    const header = checkSegmentHeader(await readRange(file, 0, expected.length), expected, fileBytes);
    if (header.kind === 'foreign') throw damagedFile(of.path, header.reason);
    if (header.kind === 'torn') {
      const torn = { path: of.path, bytesKept: 0, bytesCut: fileBytes, fromOffset: of.baseOffset, isBlank: false };
      return { segment: undefined, torn };
    }
    const segment = new Segment({ ...of, headerBytes: expected.length });
    await takeFrames(file, { segment, origin: of.origin }, fileBytes);
    if (segment.bytes === fileBytes) return { segment, torn: undefined };
    const rest = await readRange(file, segment.bytes, fileBytes - segment.bytes);
    assertNothingFollows(rest, { segment, origin: of.origin });
    const bytesCut = fileBytes - segment.bytes;
    const isBlank = rest.equals(Buffer.alloc(rest.length));
    return { segment, torn: { path: of.path, bytesKept: segment.bytes, bytesCut, fromOffset: segment.end, isBlank } };
  } finally {
    await file.close();
  }
}

interface Scanning {
  readonly segment: Segment;
  readonly origin: Origin;
}

/** Behind every offset a frame can hold. */
const OFFSET_END = 2n ** 64n;

/** Extends the segment by every intact frame up to the first place that is none. */
async function takeFrames(file: OpenFile, of: Scanning, fileBytes: number): Promise<void> {
  const { segment } = of;
  while (segment.bytes < fileBytes) {
    const bytes = await readRange(file, segment.bytes, Math.min(limits.readBytesMax, fileBytes - segment.bytes));
    const intact = intactFrames(bytes, of);
    if (intact.bytes === 0) return;
    segment.extend(bytes.subarray(0, intact.bytes), intact.end);
  }
}

function intactFrames(bytes: Buffer, { segment, origin }: Scanning): { readonly bytes: number; readonly end: bigint } {
  const view = viewOf(bytes);
  let end = segment.end;
  let at = 0;
  for (;;) {
    const check = checkFrame(view, at);
    const place = { file: segment.path, byte: segment.bytes + at, offset: end };
    if (check.kind === 'unsupported') throw damagedAt(place, `${check.reason} is not known to this version`);
    if (check.kind !== 'complete') return { bytes: at, end };
    const offset = frameOffsetAt(view, at);
    const isNext = origin.kind === 'own' ? offset === end : offset >= end;
    if (!isNext) throw damagedAt(place, `an intact record with offset ${offset} is there`);
    end = offset + 1n;
    at += check.bytes;
  }
}

/** Damage in the middle of a segment must never be taken for a torn end: the records after it would be cut off. */
function assertNothingFollows(bytes: Buffer, { segment, origin }: Scanning): void {
  // Pages of a write that was not synced reach the disk in any order.
  if (origin.kind === 'copied' && segment.end >= origin.syncedEnd) return;
  const rest = viewOf(bytes);
  const next = origin.kind === 'own' ? laterFrame(rest, segment.end) : findFrame(rest, 1, segment.end, OFFSET_END);
  if (next === undefined) return;
  const place = { file: segment.path, byte: segment.bytes, offset: segment.end };
  const check = checkFrame(rest, 0);
  const reason = check.kind === 'corrupt' ? `wrong ${check.reason}` : 'the record does not fit where it is';
  throw damagedAt(place, `${reason}, and an intact record follows at byte ${segment.bytes + next}`);
}

/**
 * The first intact frame that was written after what is missing before it. Those that were written in one go with it are none: in room
 * that was reserved, pages of one write reach the disk in any order.
 */
function laterFrame(rest: DataView, offsetMin: bigint): number | undefined {
  for (let at = 1; ; ) {
    const next = findFrame(rest, at, offsetMin);
    if (next === undefined || !isContinuingAt(rest, next)) return next;
    at = next + frameBytesAt(rest, next);
  }
}
