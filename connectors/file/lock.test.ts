import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeFiles } from './files.js';
import { FolderLock, type LockContent, readLock } from './lock.js';
import { ownProcess } from './process-identity.js';
import { cleanUp, newFolder, nowMs, openLog } from './test-kit.js';

async function folderLockedBy(change: Partial<LockContent>): Promise<string> {
  const folder = await newFolder();
  const id = '0b9e3c1e-6f2b-4a8e-9f27-3f1f7c4b8d11';
  const content = { id, ...ownProcess(), host: hostname(), startedAt: new Date(nowMs).toISOString(), ...change };
  await writeFile(join(folder, 'lock'), JSON.stringify(content));
  return folder;
}

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

afterEach(cleanUp);

describe('the lock of a folder', () => {
  it('refuses a second writer and names the process and where it answers', async () => {
    const folder = await newFolder();
    const { log } = await openLog(folder);
    await log.announce('http://127.0.0.1:8080');
    const error = await openLog(folder).catch((thrown: unknown) => thrown);
    const url = 'http://127.0.0.1:8080';
    expect(error).toMatchObject({ code: 'log_locked', facts: { pid: process.pid, url } });
    expect(error).toMatchObject({ advice: expect.stringContaining(url) });
    expect(await log.append([])).toEqual([]);
  });

  it('tells readers who holds it, and is gone after close', async () => {
    const folder = await newFolder();
    const { log } = await openLog(folder);
    await log.announce('http://127.0.0.1:1');
    expect(await readLock(folder)).toMatchObject({ pid: process.pid, host: hostname(), url: 'http://127.0.0.1:1' });
    await log.close();
    expect(await readLock(folder)).toBeUndefined();
    expect((await readdir(folder)).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('is taken over from a process that is dead', async () => {
    const folder = await folderLockedBy({ pid: deadPid() });
    await openLog(folder);
    expect(await readLock(folder)).toMatchObject({ pid: process.pid });
    expect((await readdir(folder)).filter((name) => name.startsWith('lock'))).toEqual(['lock']);
  });

  it.runIf(ownProcess().startedTicks !== null)(
    'is taken over from a dead process whose number lives on (needs /proc to tell them apart)',
    async () => {
      const folder = await folderLockedBy({ startedTicks: '1' });
      await openLog(folder);
      expect((await readLock(folder))?.startedTicks).toBe(ownProcess().startedTicks);
    },
  );

  it('is not taken over from another host, and the advice says how to remove it', async () => {
    const folder = await folderLockedBy({ host: 'elsewhere', pid: deadPid() });
    const advice = expect.stringContaining(join(folder, 'lock'));
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'log_locked', advice, facts: { host: 'elsewhere' } });
  });

  it('is not taken over when it cannot be understood', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'lock'), '');
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'log_locked' });
  });

  it('goes to exactly one of many that find the same dead process', async () => {
    const folder = await folderLockedBy({ pid: deadPid() });
    const takings = Array.from({ length: 8 }, () => FolderLock.take(nodeFiles, folder, nowMs));
    const taken = (await Promise.allSettled(takings)).filter((outcome) => outcome.status === 'fulfilled');
    expect(taken).toHaveLength(1);
  });

  it('is not held after an opening that failed', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'log.json'), 'no json');
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'log_damaged' });
    expect(await readLock(folder)).toBeUndefined();
  });

  it('is left alone by one that lost it', async () => {
    const folder = await newFolder();
    const { log } = await openLog(folder);
    await writeFile(join(folder, 'lock'), JSON.stringify({ ...(await readLock(folder)), id: crypto.randomUUID() }));
    await log.close();
    expect(await readLock(folder)).toBeDefined();
  });
});
