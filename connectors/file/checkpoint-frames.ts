/**
 * A checkpoint file: frames one after the other, the last one the SHA-256 over everything before its digest.
 *
 *     kind (4) | length (4) | bytes        little-endian; kind 255 is the trailer, and nothing follows it
 *
 * A checksum per frame would tell where a damage is, and nobody needs to know: a part of a checkpoint is worth nothing.
 */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CheckpointReading, Chunk } from '../../src/checkpoint/port.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { readRange, writeFully } from './file-steps.js';
import type { OpenFile } from './files.js';

const HEAD_BYTES = 8;
const TRAILER = 255;
const DIGEST_BYTES = 32;

/**
 * Writes frames until `chunks` ends; others get a turn between two. The data are synced when it resolves. Rejects with `internal` for
 * a chunk that `readFrames` would not read.
 */
export async function writeFrames(file: OpenFile, chunks: Iterable<Chunk>, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  let place = 0;
  const put = async (bytes: Buffer) => {
    await writeFully(file, bytes, place);
    place += bytes.length;
  };
  for (const { kind, bytes } of chunks) {
    signal.throwIfAborted();
    if (bytes.length > limits.checkpointChunkBytesMax) throw tooLarge(kind, bytes.length);
    const head = headOf(kind, bytes.length);
    const frame = Buffer.concat([head, bytes]);
    hash.update(frame);
    await put(frame);
    await nextTurn();
  }
  signal.throwIfAborted();
  const head = headOf(TRAILER, DIGEST_BYTES);
  await put(Buffer.concat([head, hash.update(head).digest()]));
  await file.dataSync();
}

function tooLarge(kind: number, bytes: number): TidemarkError {
  return new TidemarkError({
    code: 'internal',
    message: 'a part of a checkpoint is larger than what is read again, so the checkpoint was not written',
    advice:
      'The checkpoint before it stays in use and the log keeps everything; report this with the kind of the part.',
    retriable: false,
    facts: { kind, bytes, bytesMax: limits.checkpointChunkBytesMax },
  });
}

function headOf(kind: number, length: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(kind, 0);
  head.writeUInt32LE(length, 4);
  return head;
}

interface Frame {
  readonly kind: number;
  readonly bytes: Buffer;
}

/** Reads and verifies a whole file; the next frame is read while one is hashed. Rejects when the disk cannot be read. */
export async function readFrames(file: OpenFile): Promise<CheckpointReading> {
  const size = await file.size();
  const hash = createHash('sha256');
  const chunks: Frame[] = [];
  let place = 0;
  let reading = readRange(file, 0, Math.min(HEAD_BYTES, size));
  for (;;) {
    const head = await reading;
    if (head.length < HEAD_BYTES) return damaged('it ends within a frame');
    const [kind, length] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    const end = place + HEAD_BYTES + length;
    if (length > limits.checkpointChunkBytesMax || end > size) return damaged('a frame is longer than the file');
    const bytes = await readRange(file, place + HEAD_BYTES, length);
    if (bytes.length < length) return damaged('it ends within a frame');
    hash.update(head);
    if (kind === TRAILER) {
      if (end !== size) return damaged('something follows its end');
      return hash.digest().equals(bytes) ? { kind: 'sound', chunks } : damaged('its checksum is another one');
    }
    reading = readRange(file, end, Math.min(HEAD_BYTES, size - end));
    // Whoever awaits it hears of its failure.
    reading.catch(() => undefined);
    hash.update(bytes);
    chunks.push({ kind, bytes });
    place = end;
  }
}

function damaged(why: string): CheckpointReading {
  return { kind: 'damaged', why };
}
