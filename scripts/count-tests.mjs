/**
 * Prints what was not run and why, a line each on standard error, and then `N passed, N failed` (and `, N skipped`) from Vitest's JSON
 * reports, as the only line on standard output.
 *
 *     node scripts/count-tests.mjs <report.json> <exit code of the test run> [<report of live tests> <exit code of that run>]
 *
 * Exits with 1 unless something passed and nothing failed. A run that left no readable report, ran no test, or failed without
 * naming a test counts as one failure: it must never read as a success. Of live tests all may be skipped where there are no servers, if
 * each says what it needs; they are counted as skipped.
 */
import { readFileSync } from 'node:fs';

/** One file can fail without a failed test: it does not compile, or a hook threw. */
function failuresOf(file) {
  const failed = file.assertionResults.filter((test) => test.status === 'failed').length;
  return failed === 0 && file.status === 'failed' ? 1 : failed;
}

/** What a title says that its test needs: `the log of Kafka (needs Kafka: no Java)`. */
const need = /\((needs [^()]*)\)/;

const titleOf = (test) => test.fullName ?? test.title ?? '';
const isSkipped = (test) => test.status !== 'passed' && test.status !== 'failed';

export function countTests(report, exitCode, isLive) {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const skipped = tests.filter(isSkipped);
  const namedFailures = report.testResults.reduce((sum, file) => sum + failuresOf(file), 0);
  const allNeedServers = isLive && skipped.length > 0 && skipped.every((test) => need.test(titleOf(test)));
  const endedBadly = exitCode !== 0 || report.success !== true || (passed === 0 && !allNeedServers);
  const failed = namedFailures === 0 && endedBadly ? 1 : namedFailures;
  return { passed, failed, skipped };
}

function countFrom(path, exitCode, isLive) {
  try {
    return countTests(JSON.parse(readFileSync(path, 'utf8')), exitCode, isLive);
  } catch (error) {
    const which = isLive ? 'of the live tests' : '';
    process.stderr.write(`count-tests: no usable test report ${which}: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: [] };
  }
}

/** Tests that wait for the same thing share a line. */
function notRun(skipped) {
  const counts = new Map();
  for (const test of skipped) {
    const why = need.exec(titleOf(test))?.[1] ?? titleOf(test);
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts].map(([why, count]) => `not run: ${count} ${count === 1 ? 'test' : 'tests'}: ${why}\n`);
}

const [path = '', exitCode = '1', livePath, liveExitCode = '1'] = process.argv.slice(2);
const counts = [countFrom(path, Number(exitCode), false)];
if (livePath !== undefined) counts.push(countFrom(livePath, Number(liveExitCode), true));
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
const skipped = counts.flatMap((count) => count.skipped);
process.stderr.write(notRun(skipped).join(''));
process.stdout.write(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
