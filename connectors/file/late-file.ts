/** Which partitions a journal begins too late of, beside the journal: it is lost with it, and only then. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LateMemory } from '../../src/checkpoint/late-copies.js';
import type { PartitionKey } from '../../src/domain/position.js';
import { replaceText } from './file-steps.js';
import { nodeFiles } from './files.js';

/** `folder` is the journal's. */
export function lateFile(folder: string): LateMemory {
  const path = join(folder, 'late.json');
  return {
    read: async () => {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as PartitionKey[];
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
        throw error;
      }
    },
    write: (late) => replaceText(nodeFiles, path, `${JSON.stringify(late)}\n`, 'durable'),
  };
}
