/**
 * Prints what was not run and why, what failed, and what needed a second run, a line each on standard error, and then
 * `N passed, N failed` (and `, N skipped`) from Vitest's JSON reports, as the only line on standard output.
 *
 *     node scripts/count-tests.mjs <report.json> <exit code of the test run>
 *       [<report of live tests> <exit code of that run> [<report of their second run> <exit code of that run>]]
 *
 * Exits with 1 unless something passed and nothing failed. A run that left no readable report, ran no test, or failed without
 * naming anything counts as one failure: it must never read as a success. Of live tests all may be skipped where there are no servers, if
 * each says what it needs; they are counted as skipped. Files of a second run count as they ended there, and are named.
 */
import { failuresOf, isFailed, isSkipped, readErrors, readReport, titleOf } from './test-report.mjs';

/** What a title says that its test needs: `the log of Kafka (needs Kafka: no Java)`, `… (with vectors needs the full size)`. */
const need = /\([^()]*?(needs [^()]*)\)/;

const say = (line) => process.stderr.write(`${line}\n`);

export function countTests(report, exitCode, isLive) {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const skipped = tests.filter(isSkipped);
  const failures = [...report.testResults.flatMap(failuresOf), ...report.errors];
  const allNeedServers = isLive && skipped.length > 0 && skipped.every((test) => need.test(titleOf(test)));
  const endedBadly = exitCode !== 0 || report.success !== true || (passed === 0 && !allNeedServers);
  if (failures.length === 0 && endedBadly) failures.push({ title: `a run that ended with ${exitCode}`, message: '' });
  return { passed, failures, skipped };
}

const readRun = (path) => ({ ...readReport(path), errors: readErrors(path) });

function countFrom(read, exitCode, isLive) {
  try {
    return countTests(read(), exitCode, isLive);
  } catch (error) {
    const title = `no usable test report${isLive ? ' of the live tests' : ''}`;
    return { passed: 0, failures: [{ title, message: error.message }], skipped: [] };
  }
}

/** Live tests, those that had a second run as they ended there; of a second run that left no report, as they ended first. */
function countLive(path, exitCode, again) {
  const first = countFrom(() => readRun(path), exitCode, true);
  if (again.path === undefined) return [first];
  const second = countFrom(() => readRun(again.path), again.exitCode, true);
  if (second.failures.length > 0) return [first];
  const report = readRun(path);
  const repeated = new Set(readReport(again.path).testResults.map(({ name }) => name));
  const covered =
    report.errors.length === 0 && report.testResults.filter(isFailed).every(({ name }) => repeated.has(name));
  if (!covered) return [first];
  for (const failure of first.failures) say(`needed a second run: ${textOf(failure)}`);
  const others = report.testResults.filter(({ name }) => !repeated.has(name));
  return [countFrom(() => ({ success: true, testResults: others, errors: [] }), 0, true), second];
}

const LINE_MAX = 300;

function textOf({ title, message }) {
  const [why = ''] = message.split('\n', 1);
  return `${title}${why === '' ? '' : `: ${why}`}`.replaceAll(/\s+/g, ' ').slice(0, LINE_MAX);
}

/** Tests that wait for the same thing share a line. */
function notRun(skipped) {
  const counts = new Map();
  for (const test of skipped) {
    const why = need.exec(titleOf(test))?.[1] ?? titleOf(test);
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts].map(([why, count]) => `not run: ${count} ${count === 1 ? 'test' : 'tests'}: ${why}`);
}

const [path = '', exitCode = '1', livePath, liveExitCode = '1', againPath, againExitCode = '1'] = process.argv.slice(2);
const counts = [countFrom(() => readRun(path), Number(exitCode), false)];
const again = { path: againPath, exitCode: Number(againExitCode) };
if (livePath !== undefined) counts.push(...countLive(livePath, Number(liveExitCode), again));
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failures = counts.flatMap((count) => count.failures);
const skipped = counts.flatMap((count) => count.skipped);
for (const line of notRun(skipped)) say(line);
// Last, so that whoever sees only the end of the output sees them.
for (const failure of failures) say(`failed: ${textOf(failure)}`);
const left = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
process.stdout.write(`${passed} passed, ${failures.length} failed${left}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
