/** Writes a sidecar beside a sealed segment, and opens a sealed segment by it. */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { limits } from '../../src/limits.js';
import { readRange, replaceBytes } from './file-steps.js';
import { type FileSystemPort, systemCode } from './files.js';
import type { PartitionFolder } from './partition-folder.js';
import { Segment } from './segment.js';
import { segmentHeader, sidecarName } from './segment-header.js';
import type { SegmentFile } from './segment-scan.js';
import { encodeSidecar, fitsSidecar, type ParsedSidecar, parseSidecar } from './sidecar-format.js';

export type OpenedBySidecar =
  | { readonly kind: 'opened'; readonly segment: Segment }
  /** None is there, or one that does not belong to these bytes: the segment has to be gone through. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'unusable'; readonly path: string; readonly why: string };

/**
 * Of the segment itself only the size, the header and the last block are looked at: enough to tell a file that was cut short,
 * exchanged or never fully written. Rejects when the segment cannot be read; a sidecar that cannot is unusable.
 */
export async function openBySidecar(files: FileSystemPort, of: SegmentFile): Promise<OpenedBySidecar> {
  const path = join(of.folder, sidecarName(of.baseOffset));
  const header = segmentHeader(of.identity, of.baseOffset, of.ownerEpoch);
  const parsed = await readSidecar(files, path, header);
  if (parsed.kind === 'missing') return parsed;
  if (parsed.kind === 'unusable') return { kind: 'unusable', path, why: parsed.why };
  const { baseOffset, ownerEpoch } = of;
  const place = { path: of.path, baseOffset, headerBytes: header.length, ownerEpoch };
  const segment = Segment.restore(place, parsed.end, parsed.columns);
  const why = await mismatch(files, segment, header);
  return why === undefined ? { kind: 'opened', segment } : { kind: 'unusable', path, why };
}

/** Replaces the one that is there. Rejects when the disk refuses, which harms nothing. */
export async function writeSidecar({ files, folder, identity }: PartitionFolder, segment: Segment): Promise<void> {
  const header = segmentHeader(identity, segment.baseOffset, segment.ownerEpoch);
  // A gap of four billion offsets: the segment is gone through at each start.
  if (!fitsSidecar(segment.blocks.columns())) return;
  const bytes = encodeSidecar(header, { end: segment.end, columns: segment.blocks.columns() });
  await replaceBytes(files, join(folder, sidecarName(segment.baseOffset)), bytes, 'durable');
}

async function readSidecar(
  files: FileSystemPort,
  path: string,
  header: Buffer,
): Promise<ParsedSidecar | { readonly kind: 'missing' }> {
  try {
    const file = await files.open(path, 'read');
    try {
      const size = await file.size();
      if (size > limits.sidecarBytesMax) return { kind: 'unusable', why: `it has ${size} bytes` };
      return parseSidecar(await readRange(file, 0, size), header);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { kind: 'missing' };
    return { kind: 'unusable', why: 'it cannot be read' };
  }
}

async function mismatch(files: FileSystemPort, segment: Segment, header: Buffer): Promise<string | undefined> {
  const file = await files.open(segment.path, 'read');
  try {
    const fileBytes = await file.size();
    if (fileBytes !== segment.bytes) return `its segment should have ${segment.bytes} bytes and has ${fileBytes}`;
    if (!(await readRange(file, 0, header.length)).equals(header)) return 'the header of its segment is another';
    const lastBlock = segment.blocks.blockOf(segment.end);
    const { place, checksums } = segment.blocks.range(lastBlock, lastBlock);
    const isLast = crc32(await readRange(file, place, fileBytes - place)) === checksums[0];
    return isLast ? undefined : 'the last block of its segment is another';
  } finally {
    await file.close();
  }
}
