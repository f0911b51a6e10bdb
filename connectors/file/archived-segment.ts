/** A segment as a whole in memory: checked, compared with another one of the same partition, and cut. */
import { checkFrame, findFrame, frameBytesAt, frameLeaderEpochAt, frameOffsetAt, viewOf } from './frame.js';
import { checkSegmentHeader, ownerEpochIn, type PartitionIdentity, segmentHeader } from './segment-header.js';

/** Every frame of it is intact, and offsets rise. */
export interface WholeSegment {
  readonly identity: PartitionIdentity;
  readonly baseOffset: bigint;
  readonly ownerEpoch: number;
  /** The offset after its last record; its base when it has none. */
  readonly end: bigint;
  /** Header and frames. */
  readonly bytes: Buffer;
  readonly headerBytes: number;
}

export type ParsedSegment =
  | { readonly kind: 'intact'; readonly segment: WholeSegment }
  /** It ends in the middle of a write. `segment` is what is intact; undefined when not even the header is. */
  | { readonly kind: 'torn'; readonly segment: WholeSegment | undefined }
  | { readonly kind: 'damaged'; readonly reason: string };

/** Behind every offset a frame can hold. */
const OFFSET_END = 2n ** 64n;

/** Reads what should be the segment of this partition that begins at `baseOffset`. Offsets may have gaps. */
export function parseSegment(bytes: Buffer, identity: PartitionIdentity, baseOffset: bigint): ParsedSegment {
  const ownerEpoch = ownerEpochIn(bytes);
  const expected = segmentHeader(identity, baseOffset, ownerEpoch);
  const header = checkSegmentHeader(bytes.subarray(0, expected.length), expected, bytes.length);
  if (header.kind === 'foreign') return { kind: 'damaged', reason: header.reason };
  if (header.kind === 'torn') return { kind: 'torn', segment: undefined };
  const view = viewOf(bytes);
  let end = baseOffset;
  let at = expected.length;
  while (at < bytes.length) {
    const check = checkFrame(view, at);
    if (check.kind === 'unsupported')
      return { kind: 'damaged', reason: `${check.reason} is not known to this version` };
    if (check.kind !== 'complete') break;
    const offset = frameOffsetAt(view, at);
    if (offset < end) return { kind: 'damaged', reason: `record ${offset} is where ${end} or a later one should be` };
    end = offset + 1n;
    at += check.bytes;
  }
  const segment = { identity, baseOffset, ownerEpoch, end, headerBytes: expected.length };
  if (at === bytes.length) return { kind: 'intact', segment: { ...segment, bytes } };
  if (findFrame(view, at + 1, end, OFFSET_END) !== undefined) {
    return { kind: 'damaged', reason: `it cannot be read at byte ${at}, and an intact record follows` };
  }
  return { kind: 'torn', segment: { ...segment, bytes: bytes.subarray(0, at) } };
}

/** How the records of one segment are to those of another from an offset on. */
export type Comparison =
  /** The other one has all of them. */
  | { readonly kind: 'covered' }
  /** They are the same as far as the other one goes, which ends at `from`. */
  | { readonly kind: 'continues'; readonly from: bigint }
  /** The first offset at which they are not the same, or at which one of them has none. */
  | { readonly kind: 'differs'; readonly at: bigint };

/** Frame by frame, byte by byte, from the later of both bases on. */
export function compareRecords(one: WholeSegment, other: WholeSegment): Comparison {
  const from = one.baseOffset > other.baseOffset ? one.baseOffset : other.baseOffset;
  const views = [viewOf(one.bytes), viewOf(other.bytes)] as const;
  let at = placeOf(one, from);
  let otherAt = placeOf(other, from);
  while (at < one.bytes.length) {
    const offset = frameOffsetAt(views[0], at);
    if (otherAt === other.bytes.length) return { kind: 'continues', from: other.end };
    const bytes = frameBytesAt(views[0], at);
    const otherOffset = frameOffsetAt(views[1], otherAt);
    if (one.bytes.compare(other.bytes, otherAt, otherAt + bytes, at, at + bytes) !== 0) {
      return { kind: 'differs', at: offset < otherOffset ? offset : otherOffset };
    }
    at += bytes;
    otherAt += bytes;
  }
  return { kind: 'covered' };
}

/** The records from `from` up to but not at `to`, as a segment that begins at `from`. */
export function cutSegment(segment: WholeSegment, from: bigint, to: bigint): WholeSegment {
  const { identity, bytes, ownerEpoch } = segment;
  const header = segmentHeader(identity, from, ownerEpoch);
  const frames = bytes.subarray(placeOf(segment, from), placeOf(segment, to));
  const view = viewOf(frames);
  let end = from;
  for (let at = 0; at < frames.length; at += frameBytesAt(view, at)) end = frameOffsetAt(view, at) + 1n;
  const cut = Buffer.concat([header, frames]);
  return { identity, baseOffset: from, ownerEpoch, end, bytes: cut, headerBytes: header.length };
}

/** Of a segment with records. */
export function firstLeaderEpoch({ bytes, headerBytes }: WholeSegment): number {
  return frameLeaderEpochAt(viewOf(bytes), headerBytes);
}

/** Of a segment with records. */
export function lastLeaderEpoch(segment: WholeSegment): number {
  return frameLeaderEpochAt(viewOf(segment.bytes), placeOf(segment, segment.end - 1n));
}

/** The same segment as that of another owner. */
export function ownedBy(segment: WholeSegment, ownerEpoch: number): WholeSegment {
  const header = segmentHeader(segment.identity, segment.baseOffset, ownerEpoch);
  const bytes = Buffer.concat([header, segment.bytes.subarray(segment.headerBytes)]);
  return { ...segment, ownerEpoch, bytes };
}

/** Byte of the first record at or after an offset; where the segment ends when there is none. */
function placeOf({ bytes, headerBytes, end }: WholeSegment, offset: bigint): number {
  if (offset >= end) return bytes.length;
  const view = viewOf(bytes);
  let at = headerBytes;
  while (at < bytes.length && frameOffsetAt(view, at) < offset) at += frameBytesAt(view, at);
  return at;
}
