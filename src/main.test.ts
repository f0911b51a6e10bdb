import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
/** Starting a process takes seconds on a busy machine. */
const startsMs = 30_000;
const notBuilt = 'dist is absent: npm run build makes it';

/** Without settings of whoever runs the tests. */
function tidemark(...args: readonly string[]) {
  return tidemarkWith({}, ...args);
}

function tidemarkWith(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  return spawnSync(process.execPath, [entry, ...args], { encoding: 'utf8', env });
}

describe('the installed program', () => {
  it('tells its version, its help, and wrong usage by exit code 2', { timeout: startsMs }, (context) => {
    context.skip(!existsSync(entry), notBuilt);
    expect(tidemark('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(tidemark('demo', '--help').stdout).toContain('tau-banking');
    expect(tidemark('fly')).toMatchObject({ status: 2, stdout: '' });
  });

  // Node finds fewer names in a CommonJS module than a test runner does: what compiles, and passes here, need not start.
  it(
    'starts with everything that it imports, and of a cluster that does not answer makes one line and exit code 1',
    { timeout: startsMs },
    (context) => {
      context.skip(!existsSync(entry), notBuilt);
      expect(tidemark('--help')).toMatchObject({ status: 0, stderr: '' });
      const settings = { LOG_URL: 'kafka://127.0.0.1:1', JOURNAL_URL: 'file:./does-not-matter' };
      const { status, stdout, stderr } = tidemarkWith(settings, 'serve');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/^error: No Kafka broker can be reached.*\n/);
      expect(stderr).not.toMatch(/^ +at |SyntaxError/m);
    },
  );
});
