/** What the state and the index take of memory beside the bytes of what they hold. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Row } from '../harness.js';

const ENTITIES = 200_000;
const run = promisify(execFile);
const child = fileURLToPath(new URL('../memory-child.js', import.meta.url));

export interface Held {
  /** Heap and buffers, after collection, beyond those before anything was held. */
  readonly takenBytes: number;
  /** Canonical JSON of the entities, in UTF-8. */
  readonly payloadBytes: number;
}

export const memory: Row = {
  name: 'memory: state and index of 200,000 entities, half of them indexed ÷ their payload bytes',
  unit: 'MB',
  better: 'low',
  goal: { ship: 4, stretch: 3 },
  open: async () => {
    let held: Held = { takenBytes: Number.NaN, payloadBytes: Number.NaN };
    return {
      // One process per round; it knows both figures.
      ours: async () => {
        const { stdout } = await run(process.execPath, ['--expose-gc', child, String(ENTITIES)]);
        held = JSON.parse(stdout) as Held;
        return held.takenBytes / 1e6;
      },
      baseline: async () => {
        if (Number.isNaN(held.payloadBytes)) throw new Error('what is held is asked first');
        return held.payloadBytes / 1e6;
      },
      close: async () => undefined,
    };
  },
};
