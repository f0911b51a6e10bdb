/** Fills what one partition's folder lacks with what the archive has of it. Bytes that are there stay as they are. */
import { join } from 'node:path';
import type { EpochStart } from '../../src/domain/epoch-table.js';
import { invariant, TidemarkError } from '../../src/errors.js';
import type { ArchivedSegment, JournalArchive } from '../../src/journal/archive-port.js';
import { parseSegment, type WholeSegment } from './archived-segment.js';
import { readRange, replaceBytes } from './file-steps.js';
import type { PartitionFolder } from './partition-folder.js';
import { SegmentChain } from './restore-chain.js';
import { withoutLost } from './restore-cuts.js';
import { baseOffsetOf, segmentName } from './segment-header.js';
import { readStart, writeStart } from './start-file.js';

export type PartitionNews =
  | { readonly kind: 'fetched'; readonly segment: ArchivedSegment }
  | { readonly kind: 'written'; readonly baseOffset: bigint; readonly end: bigint; readonly bytes: number }
  /** Nothing behind `at` is used of the archive, up to what the folder has there; `unused` segments of it were not even asked for. */
  | { readonly kind: 'stopped'; readonly at: bigint; readonly unused: number; readonly reason: string };

/** A run of offsets that the folder may lack, and what of the archive may fill it. */
export interface Hole {
  /** The segment in front of it; undefined: none. */
  readonly before: bigint | undefined;
  /** Where it begins, unless `before` is there, whose end that is. */
  readonly from: bigint;
  /** Base of the segment behind it; undefined: none. */
  readonly to: bigint | undefined;
  readonly candidates: readonly ArchivedSegment[];
}

export interface PartitionPlan {
  readonly at: PartitionFolder;
  readonly start: bigint;
  readonly holes: readonly Hole[];
  /** What the folder forgot because the log had lost it is not brought back. */
  readonly cut: EpochStart | undefined;
}

/** Looks at names and sizes alone. `archived`: of this partition and incarnation, in the order of base offsets. */
export async function planPartition(
  at: PartitionFolder,
  archived: readonly ArchivedSegment[],
  cut?: EpochStart,
): Promise<PartitionPlan> {
  const start = await readStart(at);
  const local = await localSegments(at, start);
  const isHere = ({ baseOffset, bytes }: ArchivedSegment): boolean => local.get(baseOffset) === bytes;
  const bases = [...local.keys()];
  const first = archived[0]?.baseOffset ?? start;
  const from = bases.length === 0 && first > start ? first : start;
  const holes = [undefined, ...bases].flatMap((before, i): readonly Hole[] => {
    const to = bases[i];
    if (before === undefined && to !== undefined && from >= to) return [];
    const straddling = archived.findLastIndex(({ baseOffset }) => baseOffset <= (before ?? from));
    const near = archived.slice(Math.max(straddling, 0));
    // Also one that is here: it tells whether the archive and the folder have the same history.
    const candidates = near.filter(({ baseOffset }) => to === undefined || baseOffset < to);
    const isLacking = (one: ArchivedSegment): boolean => {
      return !isHere(one) && (before === undefined || to === undefined || one.baseOffset >= before);
    };
    return candidates.some(isLacking) ? [{ before, from, to, candidates }] : [];
  });
  return { at, start, holes, cut };
}

/** Bytes by base offset, in order. A last one without records counts as not there. */
async function localSegments(at: PartitionFolder, start: bigint): Promise<ReadonlyMap<bigint, number>> {
  const names = await at.files.list(at.folder);
  const found = names.map(baseOffsetOf).filter((base) => base !== undefined);
  const bases = found.filter((base) => base >= start);
  bases.sort((a, b) => (a < b ? -1 : 1));
  const sizes = new Map<bigint, number>();
  for (const base of bases) {
    const file = await at.files.open(pathOf(at, base), 'read');
    try {
      sizes.set(base, await file.size());
    } finally {
      await file.close();
    }
  }
  const last = bases.at(-1);
  if (last !== undefined && holdsNothing(await readLocal(at, last))) sizes.delete(last);
  return sizes;
}

function holdsNothing(parsed: ReturnType<typeof parseSegment>): boolean {
  if (parsed.kind === 'damaged') return false;
  return parsed.segment === undefined || parsed.segment.end === parsed.segment.baseOffset;
}

/** Rejects with `unreachable`, and when the disk refuses; then what was filled stays, and the next call goes on. */
export async function fillPartition(
  { at, start, holes, cut }: PartitionPlan,
  archive: JournalArchive,
  onNews: (news: PartitionNews) => void,
): Promise<void> {
  if (holes.length === 0) return;
  await at.files.makeFolder(at.folder);
  for (const name of await at.files.list(at.folder)) {
    // What an interrupted call left.
    if (name.endsWith('.seg.tmp')) await at.files.remove(join(at.folder, name));
  }
  for (const hole of holes) {
    // A partition begins where its first record does, which must be known before that record is there.
    if (hole.before === undefined && hole.from > start) await writeStart(at, hole.from);
    await fillHole(at, hole, { archive, cut, onNews });
  }
}

interface Filling {
  readonly archive: JournalArchive;
  readonly cut: EpochStart | undefined;
  readonly onNews: (news: PartitionNews) => void;
}

async function fillHole(at: PartitionFolder, hole: Hole, { archive, cut, onNews }: Filling): Promise<void> {
  const local = await segmentBefore(at, hole);
  if (local.kind === 'unusable') {
    onNews({ kind: 'stopped', at: local.at, unused: hole.candidates.length, reason: local.reason });
    return;
  }
  const from = local.segment?.end ?? hole.from;
  if (from === hole.to) return;
  const chain = new SegmentChain({ local: local.segment, from, to: hole.to }, async (segment) => {
    await replaceBytes(at.files, pathOf(at, segment.baseOffset), segment.bytes, 'durable');
    onNews({ kind: 'written', baseOffset: segment.baseOffset, end: segment.end, bytes: segment.bytes.length });
  });
  let broken: string | undefined;
  let unused = hole.candidates.length;
  for (const candidate of hole.candidates) {
    const found = await fetchSegment(at, candidate, archive);
    unused--;
    onNews({ kind: 'fetched', segment: candidate });
    if (found.kind === 'damaged') {
      broken = found.reason;
      break;
    }
    const kept = withoutLost(found.segment, cut);
    const linked = kept && (await chain.link(kept));
    if (linked?.kind !== 'broken') continue;
    broken = linked.reason;
    break;
  }
  await chain.flush();
  if (broken === undefined && hole.to !== undefined && chain.end < hole.to) broken = 'the archive has nothing more';
  if (broken !== undefined) onNews({ kind: 'stopped', at: chain.end, unused, reason: broken });
}

type Before =
  | { readonly kind: 'usable'; readonly segment: WholeSegment | undefined }
  | { readonly kind: 'unusable'; readonly at: bigint; readonly reason: string };

/** What the folder has in front of the hole. A write that a crash cut short is cut off, as opening the journal would. */
async function segmentBefore(at: PartitionFolder, { before, to }: Hole): Promise<Before> {
  if (before === undefined) return { kind: 'usable', segment: undefined };
  const parsed = await readLocal(at, before);
  if (parsed.kind === 'intact') return { kind: 'usable', segment: parsed.segment };
  const reason = parsed.kind === 'damaged' ? parsed.reason : 'it ends in the middle of a record';
  if (parsed.kind === 'damaged' || parsed.segment === undefined || to !== undefined) {
    return { kind: 'unusable', at: before, reason: `the folder's own segment cannot be used: ${reason}` };
  }
  const file = await at.files.open(pathOf(at, before), 'modify');
  try {
    await file.truncate(parsed.segment.bytes.length);
    await file.dataSync();
  } finally {
    await file.close();
  }
  return { kind: 'usable', segment: parsed.segment };
}

async function readLocal(at: PartitionFolder, base: bigint): Promise<ReturnType<typeof parseSegment>> {
  const file = await at.files.open(pathOf(at, base), 'read');
  try {
    return parseSegment(await readRange(file, 0, await file.size()), at.identity, base);
  } finally {
    await file.close();
  }
}

type Fetched =
  | { readonly kind: 'intact'; readonly segment: WholeSegment }
  | { readonly kind: 'damaged'; readonly reason: string };

async function fetchSegment(at: PartitionFolder, of: ArchivedSegment, archive: JournalArchive): Promise<Fetched> {
  const damaged = (why: string): Fetched => ({
    kind: 'damaged',
    reason: `the archived segment ${of.baseOffset} cannot be used: ${why}`,
  });
  let content: Uint8Array;
  try {
    content = await archive.get(of);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== 'log_damaged') throw error;
    return damaged(typeof error.facts.reason === 'string' ? error.facts.reason : error.message);
  }
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const parsed = parseSegment(bytes, at.identity, of.baseOffset);
  if (parsed.kind === 'intact') return parsed;
  return damaged(parsed.kind === 'damaged' ? parsed.reason : 'it ends in the middle of a record');
}

function pathOf({ folder }: PartitionFolder, base: bigint): string {
  invariant(base >= 0n, 'offsets begin at 0');
  return join(folder, segmentName(base));
}
