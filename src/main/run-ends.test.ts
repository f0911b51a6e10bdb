import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../../eval/harness/run.test-support.js';
import type { PartitionRange } from '../../eval/streams/log-source.js';
import { RunEnds } from './run-ends.js';

function range(partition: number, to: bigint): PartitionRange {
  return { topic: 'support.policies', partition, from: 0n, to };
}

describe('the ends of a stream that grows', () => {
  it('are those of the beginning when the run goes on, and partitions that were not there stay out', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'ends.json');
      const begun = [range(0, 3n), range(1, 0n)];
      expect(RunEnds.begin(path).settled(begun)).toEqual(begun);
      const grown = [range(0, 9n), range(1, 4n), range(2, 1n)];
      expect(RunEnds.resume(path).settled(grown)).toEqual(begun);
      expect(RunEnds.begin(path).settled(grown)).toEqual(grown);
      expect(RunEnds.resume(path).settled([range(0, 2n)])).toEqual([range(0, 2n)]);
    });
  });

  it('are those of now when the run was ended before it had any', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'ends.json');
      expect(RunEnds.resume(path).settled([range(0, 3n)])).toEqual([range(0, 3n)]);
      expect(readFileSync(path, 'utf8')).toBe('{"format":1,"ends":{"support.policies:0":"3"}}\n');
    });
  });

  it('that are damaged are told in one line', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'ends.json');
      writeFileSync(path, '{"format":1,"ends":{"a:0":');
      const fault = { code: 'suite_invalid', message: `${path}: is damaged` };
      expect(() => RunEnds.resume(path)).toThrow(expect.objectContaining(fault));
    });
  });
});
