/**
 * Prints `N passed, N failed` (and `, N skipped`) from Vitest's JSON report, as the only line on standard output.
 *
 *     node scripts/count-tests.mjs <report.json> <exit code of the test run>
 *
 * Exits with 1 unless something passed and nothing failed. A run that left no readable report, ran no test, or failed without
 * naming a test counts as one failure: it must never read as a success.
 */
import { readFileSync } from 'node:fs';

/** One file can fail without a failed test: it does not compile, or a hook threw. */
function failuresOf(file) {
  const failed = file.assertionResults.filter((test) => test.status === 'failed').length;
  return failed === 0 && file.status === 'failed' ? 1 : failed;
}

export function countTests(report, exitCode) {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const namedFailures = report.testResults.reduce((sum, file) => sum + failuresOf(file), 0);
  const endedBadly = exitCode !== 0 || report.success !== true || passed === 0;
  const failed = namedFailures === 0 && endedBadly ? 1 : namedFailures;
  return { passed, failed, skipped: tests.length - passed - tests.filter((test) => test.status === 'failed').length };
}

function countFrom(path, exitCode) {
  try {
    return countTests(JSON.parse(readFileSync(path, 'utf8')), exitCode);
  } catch (error) {
    process.stderr.write(`count-tests: no usable test report: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const [path = '', exitCode = '1'] = process.argv.slice(2);
const { passed, failed, skipped } = countFrom(path, Number(exitCode));
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
