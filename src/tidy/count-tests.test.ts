/** The last line of a continuous integration run must never read as a success when something went wrong. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/count-tests.mjs', import.meta.url));
const reporter = new URL('../../scripts/test-errors-reporter.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'tidemark-count-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface FileResult {
  readonly status: 'passed' | 'failed';
  readonly fullName?: string;
  readonly name?: string;
  readonly tests: readonly ('passed' | 'failed' | 'skipped' | 'pending' | 'todo')[];
}

type Reported = readonly FileResult[] | string;

/** A run that reported these files and ended with this exit code, as arguments of the script. */
function run(name: string, files: Reported, exitCode: number): readonly string[] {
  const path = join(folder, `${name}.json`);
  const testResults =
    typeof files === 'string'
      ? []
      : files.map(({ status, tests, name = '', fullName = 'a test' }) => ({
          name,
          status,
          assertionResults: tests.map((one) => ({ status: one, fullName })),
        }));
  const success = exitCode === 0;
  writeFileSync(path, typeof files === 'string' ? files : JSON.stringify({ success, testResults }));
  return [path, String(exitCode)];
}

function count(args: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return { line: stdout.trimEnd(), exitCode: status, said: stderr };
}

/** What the script prints for that run alone. */
function counted(files: Reported, exitCode: number) {
  const { line, exitCode: ended } = count(run('report', files, exitCode));
  return { line, exitCode: ended };
}

/** What it prints for a good run, a run of live tests, and their second run. */
function countedAgain(first: Reported, second: Reported, exitCode: number) {
  return count([...run('report', [passedOnce], 0), ...run('live', first, 1), ...run('again', second, exitCode)]);
}

/** What it prints for a good run beside this run of live tests. */
function countedLive(files: Reported, exitCode: number) {
  return count([...run('report', [passedOnce], 0), ...run('live', files, exitCode)]);
}

const passedOnce: FileResult = { status: 'passed', tests: ['passed'] };
const leftOut: FileResult = { status: 'passed', tests: ['skipped', 'todo'] };
const withoutServer: FileResult = {
  status: 'passed',
  fullName: 'the log (needs Kafka: no Java) keeps order',
  tests: ['skipped', 'skipped'],
};
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

  it('adds live tests', () => {
    expect(countedLive([passedOnce], 0)).toMatchObject({ line: '2 passed, 0 failed', exitCode: 0 });
  });

  it('never takes live tests without their server for passed, and says what they need', () => {
    const { line, exitCode, said } = countedLive([withoutServer], 0);
    expect({ line, exitCode }).toEqual({ line: '1 passed, 0 failed, 2 skipped', exitCode: 0 });
    expect(said).toBe('not run: 2 tests: needs Kafka: no Java\n');
  });

  it.each([
    { what: 'live tests that ended without a report', files: '', ended: 124, line: '1 passed, 1 failed' },
    { what: 'live tests that ended badly', files: [passedOnce], ended: 1, line: '2 passed, 1 failed' },
    { what: 'live tests of which there are none', files: [], ended: 0, line: '1 passed, 1 failed' },
    { what: 'skipping without a need', files: [leftOut], ended: 0, line: '1 passed, 1 failed, 2 skipped' },
    { what: 'a failed live test', files: [failedTwice], ended: 1, line: '2 passed, 2 failed' },
  ])('takes $what for a failure', ({ files, ended, line }) => {
    expect(countedLive(files, ended)).toMatchObject({ line, exitCode: 1 });
  });

  it('says which tests failed, before the count', () => {
    expect(counted([failedTwice], 1).line).toBe('1 passed, 2 failed');
    expect(count(run('report', [failedTwice], 1)).said).toBe('failed: a test\nfailed: a test\n');
  });

  it('names what went wrong outside of any test, which no second run of a file excuses', () => {
    const error = [{ title: 'outside of any test, near a file', message: 'Error: late' }];
    const good = run('report', [passedOnce], 1);
    writeFileSync(`${good[0]}.errors`, JSON.stringify(error));
    const { line, said } = count(good);
    rmSync(`${good[0]}.errors`);
    expect({ line, said }).toEqual({
      line: '1 passed, 1 failed',
      said: 'failed: outside of any test, near a file: Error: late\n',
    });
    writeFileSync(join(folder, 'live.json.errors'), JSON.stringify(error));
    const again = countedAgain([{ ...failedTwice, name: 'a' }], [{ ...passedOnce, name: 'a' }], 0);
    rmSync(join(folder, 'live.json.errors'));
    expect(again).toMatchObject({ line: '2 passed, 3 failed', exitCode: 1 });
  });

  it('names what was thrown outside of any test as it was reported, also what is no error', () => {
    // As in continuous integration, the errors are written before there is a folder for the report.
    const path = join(folder, 'made/by/the/reporter.json');
    const thrown = [
      {
        name: 'TypeError',
        message: 'late\nand long',
        stack: 'TypeError: late\n  at there',
        VITEST_TEST_PATH: 'a.test.ts',
      },
      { message: 'a text' },
    ];
    const args = `new Reporter({ report: ${JSON.stringify(path)} }).onTestRunEnd([], ${JSON.stringify(thrown)})`;
    spawnSync(process.execPath, ['--input-type=module', '-e', `import Reporter from '${reporter}'; ${args}`]);
    const { said } = count(run('made/by/the/reporter', [passedOnce], 1));
    expect(said).toBe(
      'failed: outside of any test, near a.test.ts: TypeError: late at there\nfailed: outside of any test: a text\n',
    );
  });

  it('takes a live file as its second run ended, and names what needed it', () => {
    const first = [
      { ...failedTwice, name: 'a' },
      { ...passedOnce, name: 'b' },
    ];
    const { line, said } = countedAgain(
      first,
      [{ status: 'passed', name: 'a', tests: ['passed', 'passed', 'passed'] }],
      0,
    );
    expect({ line, said }).toEqual({
      line: '5 passed, 0 failed',
      said: 'needed a second run: a test\nneeded a second run: a test\n',
    });
  });

  it.each([
    { what: 'a second failure', name: 'a', second: [{ ...failedTwice, name: 'a' }], ended: 1 },
    { what: 'a second run that ended badly', name: 'a', second: [{ ...passedOnce, name: 'a' }], ended: 1 },
    { what: 'a second run without a report', name: 'a', second: '', ended: 124 },
    { what: 'a second run of other files', name: 'c', second: [{ ...passedOnce, name: 'a' }], ended: 0 },
  ])('takes $what for a failure', ({ name, second, ended }) => {
    expect(countedAgain([{ ...failedTwice, name }], second, ended)).toMatchObject({
      line: '2 passed, 2 failed',
      exitCode: 1,
    });
  });
});
