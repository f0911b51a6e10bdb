import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryFolder } from './settings.js';

const own = 'eval/live/eventually.test-support.ts';
const isLive = (path: string) => /\.live\.test\.ts$/.test(path) || /^eval\/live\/.*\.test-support\.ts$/.test(path);

describe('live tests', () => {
  const folder = repositoryFolder();
  const paths = ['eval', 'connectors', 'src']
    .flatMap((part) =>
      readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' }).map((path) => join(part, path)),
    )
    .filter((path) => isLive(path) && path !== own);

  it('wait with a patience that a busy machine does not outlast, never with the second that vitest has', () => {
    expect(paths.length).toBeGreaterThan(40);
    const impatient = paths.filter((path) =>
      /\bvi\.waitFor\(|\bexpect\.poll\(|\bvi\.waitUntil\(/.test(readFileSync(join(folder, path), 'utf8')),
    );
    expect(impatient).toEqual([]);
  });
});
