/** One segment on its way to the archive: what an attempt comes to. */
import { unreachable } from '../../src/errors.js';
import type { JournalArchive, SegmentName } from '../../src/journal/archive-port.js';
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
  const answer = await archive.put(nameOf(segment), segment.bytes);
  return answer === 'taken' ? besideOther(carrier, segment) : SHIPPED;
}

/**
 * Another owner's segment begins at the same offset. Of an older one, the records that both have stay its own, and what it lacks, or
 * has otherwise, is stored behind it.
 */
async function besideOther(carrier: Carrier, segment: WholeSegment): Promise<Attempt> {
  const content = await carrier.archive.get({ ...nameOf(segment), bytes: 0 });
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
  if (from === segment.baseOffset) return stuck('the archive has another history from its first record on');
  return putSegment(carrier, cutSegment(segment, from, FAR));
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
