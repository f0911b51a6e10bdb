/**
 * Prints the test files that failed in a Vitest report, a line each, for a second run of theirs; nothing when there are more than a few:
 * what fails in many places is no accident of one.
 *
 *     node scripts/failed-files.mjs <report.json>
 */
import { isFailed, readReport } from './test-report.mjs';

const FILES_MAX = 3;

function failedFiles(path) {
  try {
    return readReport(path)
      .testResults.filter(isFailed)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

const files = failedFiles(process.argv[2] ?? '');
if (files.length <= FILES_MAX) for (const file of files) process.stdout.write(`${file}\n`);
