/** Where a stream that still grows ended when a run of it began: the same run, resumed, and one that it is compared with end there too. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { suiteInvalid } from '../../eval/harness/fault.js';
import type { PartitionRange } from '../../eval/streams/log-source.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';

const schema = z.strictObject({
  format: z.literal(1),
  /** By `topic:partition`, the first offset that is not read. */
  ends: z.record(z.string(), z.string().regex(/^\d{1,19}$/)),
});

/** Ends are those of ranges: a partition stops short of its own. */
export class RunEnds {
  readonly #path: string;
  readonly #kept: PositionVector | null;

  private constructor(path: string, kept: PositionVector | null) {
    this.#path = path;
    this.#kept = kept;
  }

  /** Of a run that begins: what an earlier one has written counts no more. */
  static begin(path: string): RunEnds {
    return new RunEnds(path, null);
  }

  /** Of a run that goes on. Throws `suite_invalid` for a file that is damaged. */
  static resume(path: string): RunEnds {
    if (!existsSync(path)) return RunEnds.begin(path);
    try {
      const { ends } = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
      return new RunEnds(path, new Map(Object.entries(ends).map(([key, end]) => [key as PartitionKey, BigInt(end)])));
    } catch {
      throw suiteInvalid([`${path}: is damaged`], 'Run without --resume to ask everything anew.');
    }
  }

  /** The ranges as they were when the run began, written down where it begins now. */
  settled(ranges: readonly PartitionRange[]): readonly PartitionRange[] {
    const kept = this.#kept;
    if (kept === null) {
      const ends = ranges.map(({ topic, partition, to }) => [partitionKey(topic, partition), String(to)] as const);
      writeFileSync(this.#path, `${JSON.stringify({ format: 1, ends: Object.fromEntries(ends) })}\n`);
      return ranges;
    }
    return ranges.flatMap((range) => {
      const end = kept.get(partitionKey(range.topic, range.partition));
      // It was not there.
      if (end === undefined) return [];
      return [{ ...range, to: end < range.to ? end : range.to }];
    });
  }
}
