import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
const notBuilt = 'dist is absent: npm run build makes it';

/** Without settings of whoever runs the tests. */
function tidemark(...args: readonly string[]) {
  return spawnSync(process.execPath, [entry, ...args], { encoding: 'utf8', env: {} });
}

describe('the installed program', () => {
  it('tells its version, its help, and wrong usage by exit code 2', (context) => {
    context.skip(!existsSync(entry), notBuilt);
    expect(tidemark('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(tidemark('demo', '--help').stdout).toContain('tau-banking');
    expect(tidemark('fly')).toMatchObject({ status: 2, stdout: '' });
  });
});
