/** The last line of a continuous integration run must never read as a success when something went wrong. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/count-tests.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tidemark-count-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface FileResult {
  readonly status: 'passed' | 'failed';
  readonly tests: readonly ('passed' | 'failed' | 'skipped' | 'pending' | 'todo')[];
}

/** What the script prints for a run that reported these files and ended with this exit code. */
function counted(files: readonly FileResult[] | string, exitCode: number) {
  const path = join(folder, 'report.json');
  const testResults =
    typeof files === 'string'
      ? []
      : files.map(({ status, tests }) => ({ status, assertionResults: tests.map((one) => ({ status: one })) }));
  const success = exitCode === 0;
  writeFileSync(path, typeof files === 'string' ? files : JSON.stringify({ success, testResults }));
  const { stdout, status } = spawnSync(process.execPath, [script, path, String(exitCode)], { encoding: 'utf8' });
  return { line: stdout.trimEnd(), exitCode: status };
}

describe('the count of tests', () => {
  it.each([
    ['adds up files', [{ status: 'passed', tests: ['passed', 'passed'] }], 0, '2 passed, 0 failed', 0],
    [
      'names what was skipped',
      [{ status: 'passed', tests: ['passed', 'skipped', 'todo'] }],
      0,
      '1 passed, 0 failed, 2 skipped',
      0,
    ],
    ['counts failures', [{ status: 'failed', tests: ['passed', 'failed', 'failed'] }], 1, '1 passed, 2 failed', 1],
    ['counts a file that failed without a test', [{ status: 'failed', tests: [] }], 1, '0 passed, 1 failed', 1],
    ['counts an exit code nobody explained', [{ status: 'passed', tests: ['passed'] }], 1, '1 passed, 1 failed', 1],
    ['takes a run without tests for a failure', [], 0, '0 passed, 1 failed', 1],
    [
      'takes a run that only skipped for a failure',
      [{ status: 'passed', tests: ['skipped'] }],
      0,
      '0 passed, 1 failed, 1 skipped',
      1,
    ],
    ['takes a torn report for a failure', '{"success":true,', 0, '0 passed, 1 failed', 1],
  ] as const)('%s', (_promise, files, ended, line, exitCode) => {
    expect(counted(files, ended)).toEqual({ line, exitCode });
  });
});
