/** Takes the end off a partition on a broker's disk. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Cut {
  /** Offset of the first lost record: the partition ends here now. */
  readonly end: bigint;
  readonly bytes: number;
}

/** Of a record batch of Kafka (message format v2): the offset of its first record, and the size of all that follows both fields. */
const BASE_OFFSET_BYTES = 8;
const LENGTH_BYTES = 4;
const FRAME_BYTES = BASE_OFFSET_BYTES + LENGTH_BYTES;

/** Cuts the last batches off the newest segment. Rejects when it has fewer. */
export async function cutNewestBatches(partitionFolder: string, batches: number): Promise<Cut> {
  const segments = (await readdir(partitionFolder)).filter((name) => name.endsWith('.log')).sort();
  const newest = segments.at(-1);
  if (newest === undefined) throw new Error(`no segment in ${partitionFolder}`);
  const file = await open(join(partitionFolder, newest), 'r+');
  try {
    const { size } = await file.stat();
    const starts: { readonly at: number; readonly offset: bigint }[] = [];
    const frame = Buffer.alloc(FRAME_BYTES);
    for (let at = 0; at + FRAME_BYTES <= size; at += FRAME_BYTES + frame.readInt32BE(BASE_OFFSET_BYTES)) {
      await file.read(frame, 0, FRAME_BYTES, at);
      starts.push({ at, offset: frame.readBigInt64BE(0) });
    }
    const first = starts.at(-batches);
    if (first === undefined || batches < 1) throw new Error(`the newest segment has ${starts.length} batches`);
    await file.truncate(first.at);
    await file.sync();
    return { end: first.offset, bytes: size - first.at };
  } finally {
    await file.close();
  }
}
