/** Records at given offsets, with one read for offsets that lie close together. */
import { limits } from '../../src/limits.js';
import type { LogRecord, RecordReading } from '../../src/log/port.js';
import type { Partition } from './partition.js';
import type { Segment } from './segment.js';
import type { Window } from './window.js';

interface Loaded {
  readonly segment: Segment;
  readonly window: Window;
  /** The block after the last one loaded. */
  readonly blockEnd: number;
}

/** In the order asked for; an offset may be asked for twice. */
export async function readOffsets(partition: Partition, offsets: readonly bigint[]): Promise<RecordReading[]> {
  const { start, end } = partition;
  const wanted = [...new Set(offsets)].filter((offset) => offset >= start && offset < end);
  wanted.sort((a, b) => (a < b ? -1 : 1));
  const found = new Map<bigint, LogRecord>();
  let loaded: Loaded | undefined;
  for (const [i, offset] of wanted.entries()) {
    // It has moved when records expired during an earlier read.
    if (offset < partition.start) continue;
    const segment = partition.segmentOf(offset);
    const block = segment.blocks.blockOf(offset);
    if (loaded?.segment !== segment || block >= loaded.blockEnd) {
      const range = segment.blocks.range(block, lastBlockWith(segment, wanted, i));
      const window = await partition.windowOf(segment, range);
      loaded = window && { segment, window, blockEnd: block + range.ends.length };
    }
    const record = loaded?.window.find(offset);
    if (record !== undefined) found.set(offset, record);
  }
  return offsets.map((offset) => {
    const record = found.get(offset);
    if (record !== undefined) return { kind: 'found', record };
    return { kind: 'missing', why: offset < partition.start ? 'expired' : offset >= end ? 'beyond_end' : 'compacted' };
  });
}

/** The block through which to read at once: blocks that are wanted, without one between them that is not. */
function lastBlockWith(segment: Segment, wanted: readonly bigint[], from: number): number {
  let last = segment.blocks.blockOf(wanted[from] ?? segment.baseOffset);
  const through = Math.min(wanted.length, from + limits.readRecordsMax);
  for (let i = from + 1; i < through; i++) {
    const offset = wanted[i];
    if (offset === undefined || offset >= segment.end) break;
    const block = segment.blocks.blockOf(offset);
    if (block > last + 1) break;
    last = block;
  }
  return last;
}
