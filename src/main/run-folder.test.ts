import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../../eval/harness/run.test-support.js';
import { holdingFolder } from './run-folder.js';

/** As a process left it that has ended since. */
function deadLock(): string {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const id = '6b1f0f6e-8f0c-4f3e-9d0a-1c2d3e4f5a6b';
  return `${JSON.stringify({ id, pid, startedTicks: null, host: hostname(), startedAt: '2026-01-01T00:00:00.000Z' })}\n`;
}

describe('the folder of a run', () => {
  it('is refused in one line while another run writes to it, and free behind that', async () => {
    await inFolder(async (folder) => {
      await holdingFolder(folder, async () => {
        const message = `another run writes to ${folder} (process ${process.pid} on ${hostname()})`;
        await expect(holdingFolder(folder, async () => 1)).rejects.toMatchObject({ code: 'suite_invalid', message });
      });
      expect(await holdingFolder(folder, async () => 2)).toBe(2);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it('is free when the work in it fails', async () => {
    await inFolder(async (folder) => {
      await expect(holdingFolder(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(existsSync(join(folder, 'lock'))).toBe(false);
    });
  });

  it('is taken over from a run that was killed', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'lock'), deadLock());
      expect(await holdingFolder(folder, async () => 3)).toBe(3);
    });
  });
});
