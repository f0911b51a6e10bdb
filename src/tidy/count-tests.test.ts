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

const passedOnce: FileResult = { status: 'passed', tests: ['passed'] };
const leftOut: FileResult = { status: 'passed', tests: ['skipped', 'todo'] };
const failedTwice: FileResult = { status: 'failed', tests: ['passed', 'failed', 'failed'] };
const failedAtImport: FileResult = { status: 'failed', tests: [] };

describe('the count of tests', () => {
  it.each([
    { promise: 'adds up files', files: [passedOnce, passedOnce], line: '2 passed, 0 failed' },
    { promise: 'tells what was skipped', files: [passedOnce, leftOut], line: '1 passed, 0 failed, 2 skipped' },
  ])('$promise', ({ files, line }) => {
    expect(counted(files, 0)).toEqual({ line, exitCode: 0 });
  });

  it.each([
    { what: 'failed tests', files: [failedTwice], ended: 1, line: '1 passed, 2 failed' },
    { what: 'a file that failed without a test', files: [failedAtImport], ended: 1, line: '0 passed, 1 failed' },
    { what: 'an exit code nobody explained', files: [passedOnce], ended: 1, line: '1 passed, 1 failed' },
    { what: 'a run without tests', files: [], ended: 0, line: '0 passed, 1 failed' },
    { what: 'a run that only skipped', files: [leftOut], ended: 0, line: '0 passed, 1 failed, 2 skipped' },
    { what: 'a torn report', files: '{"success":true,', ended: 0, line: '0 passed, 1 failed' },
  ])('takes $what for a failure', ({ files, ended, line }) => {
    expect(counted(files, ended)).toEqual({ line, exitCode: 1 });
  });
});
