/** One segment on its way to the archive: what an attempt comes to. */
import { TidemarkError, unreachable } from '../../src/errors.js';
import type { ArchivedSegment, JournalArchive, SegmentName } from '../../src/journal/archive-port.js';
import { compareRecords, cutSegment, ownedBy, parseSegment, type WholeSegment } from './archived-segment.js';
import { readRange } from './file-steps.js';
import type { FileSystemPort } from './files.js';
import type { SealedSegment } from './journal-types.js';
import type { PartitionIdentity } from './segment-header.js';

export interface Carrier {
  readonly archive: JournalArchive;
  readonly files: FileSystemPort;
  readonly logId: string;
  /** Claimed from the archive. */
  readonly ownerEpoch: number;
  /** What the archive had at the start where a segment begins; of several, that of the newest owner. */
  readonly found: (name: SegmentName) => ArchivedSegment | undefined;
}

export type Attempt =
  | { readonly kind: 'shipped' }
  /** A newer owner exists: nothing more is to be written by this one. */
  | { readonly kind: 'taken_over' }
  /** It stays in the folder, and so does everything behind it, until somebody looks. */
  | { readonly kind: 'stuck'; readonly reason: string };

const SHIPPED: Attempt = { kind: 'shipped' };
const FAR = 2n ** 64n;

/**
 * In the archive a segment bears the epoch of the owner that ships it, so that epochs never fall along what one owner has shipped.
 * Rejects as the archive does, and when the file cannot be read.
 */
export async function shipSegment(carrier: Carrier, sealed: SealedSegment): Promise<Attempt> {
  const { topic, incarnation, partition, baseOffset, end } = sealed;
  const identity: PartitionIdentity = { logId: carrier.logId, topic, incarnation, partition };
  const parsed = parseSegment(await readWhole(carrier.files, sealed.path), identity, baseOffset);
  if (parsed.kind !== 'intact') return stuck(parsed.kind === 'damaged' ? parsed.reason : 'it ends in a torn record');
  if (parsed.segment.end !== end) return stuck(`it ends at ${parsed.segment.end} and should end at ${end}`);
  return putSegment(carrier, ownedBy(parsed.segment, carrier.ownerEpoch));
}

async function putSegment(carrier: Carrier, segment: WholeSegment): Promise<Attempt> {
  const { archive, logId, ownerEpoch } = carrier;
  if ((await archive.newestOwner(logId)) > ownerEpoch) return { kind: 'taken_over' };
  const name = nameOf(segment);
  const found = carrier.found(name);
  // Whatever its size: a history that was cut and written again may be as long as the one before.
  if (found !== undefined) return besideOther(carrier, segment, found);
  const answer = await archive.put(name, segment.bytes);
  return answer === 'taken' ? besideOther(carrier, segment, { ...name, bytes: 0 }) : SHIPPED;
}

/**
 * A segment of an owner, maybe this one before its last stop, begins at the same offset. The records that both have stay its own, and
 * what it lacks, or has otherwise, is stored behind it, or beside it when they differ from the first record on.
 */
async function besideOther(carrier: Carrier, segment: WholeSegment, found: ArchivedSegment): Promise<Attempt> {
  const content = await contentOf(carrier.archive, found);
  if (content === undefined) return stuck('the archive has a segment there that cannot be had');
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const parsed = parseSegment(bytes, segment.identity, segment.baseOffset);
  if (parsed.kind !== 'intact') return stuck('the archive has a segment there that cannot be read');
  const other = parsed.segment;
  if (other.ownerEpoch > carrier.ownerEpoch) return { kind: 'taken_over' };
  const comparison = compareRecords(segment, other);
  switch (comparison.kind) {
    case 'covered':
      return SHIPPED;
    case 'continues':
      return putRest(carrier, segment, comparison.from);
    case 'differs':
      return putRest(carrier, segment, comparison.at);
    default:
      return unreachable(comparison);
  }
}

async function putRest(carrier: Carrier, segment: WholeSegment, from: bigint): Promise<Attempt> {
  if (from === segment.baseOffset) return putBeside(carrier, segment);
  return putSegment(carrier, cutSegment(segment, from, FAR));
}

/** The log lost records and gave their offsets out again: the older history stays, and restoring takes that of the newest owner. */
async function putBeside({ archive, ownerEpoch }: Carrier, segment: WholeSegment): Promise<Attempt> {
  const answer = await archive.put({ ...nameOf(segment), ownerEpoch }, segment.bytes);
  return answer === 'taken' ? stuck('the archive has two other histories from its first record on') : SHIPPED;
}

/** Undefined when it is not there, or damaged. */
async function contentOf(archive: JournalArchive, found: ArchivedSegment): Promise<Uint8Array | undefined> {
  try {
    return await archive.get(found);
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'log_damaged') return undefined;
    throw error;
  }
}

function stuck(reason: string): Attempt {
  return { kind: 'stuck', reason };
}

function nameOf({ identity, baseOffset }: WholeSegment): SegmentName {
  const { logId, topic, incarnation, partition } = identity;
  return { logId, topic, incarnationId: incarnation.id, partition, baseOffset };
}

async function readWhole(files: FileSystemPort, path: string): Promise<Buffer> {
  const file = await files.open(path, 'read');
  try {
    return await readRange(file, 0, await file.size());
  } finally {
    await file.close();
  }
}
