import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lateFile } from './late-file.js';

it('is read as it was written last, and is empty before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'late-'));
  expect(await lateFile(folder).read()).toEqual([]);
  await lateFile(folder).write(['a.b:0', 'c:2']);
  await lateFile(folder).write(['c:2']);
  expect(await lateFile(folder).read()).toEqual(['c:2']);
  await rm(folder, { recursive: true });
});
