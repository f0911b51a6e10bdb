import { constants } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeFiles, type OpenMode } from './files.js';
import { cleanUp, newFolder } from './test-kit.js';

afterEach(cleanUp);

/** The flags a file of this process is open with, as the kernel has them (proc(5), fdinfo). */
async function flagsOf(path: string): Promise<number> {
  for (const fd of await readdir('/proc/self/fd')) {
    if ((await readlink(`/proc/self/fd/${fd}`).catch(() => '')) !== path) continue;
    return Number.parseInt(/^flags:\s+(\d+)/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8);
  }
  throw new Error(`not open: ${path}`);
}

describe.runIf(process.platform === 'linux')('a file (needs /proc to see how it was opened)', () => {
  it.each<[OpenMode, boolean]>([
    ['create', true],
    ['modify', true],
    ['replace', false],
    ['read', false],
  ])('opened with %s has each write wait for the disk: %s', async (mode, isSynced) => {
    const path = join(await newFolder(), 'file');
    if (mode !== 'create') await (await nodeFiles.open(path, 'create')).close();
    const file = await nodeFiles.open(path, mode);
    expect(((await flagsOf(path)) & constants.O_DSYNC) !== 0).toBe(isSynced);
    await file.close();
  });
});
