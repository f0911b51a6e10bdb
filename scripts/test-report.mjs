/** What Vitest's JSON reports say, for the scripts of continuous integration. */
import { existsSync, readFileSync } from 'node:fs';

/** Throws where there is no usable report. */
export function readReport(path) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(report.testResults)) throw new Error('the report names no files');
  return report;
}

export const titleOf = (test) => test.fullName ?? test.title ?? '';
export const isSkipped = (test) => test.status !== 'passed' && test.status !== 'failed';

/** One file can fail without a failed test: it does not compile, or a hook threw. */
export function failuresOf(file) {
  const failed = (file.assertionResults ?? []).filter((test) => test.status === 'failed');
  if (failed.length === 0 && file.status === 'failed')
    return [{ title: file.name ?? 'a file', message: file.message ?? '' }];
  return failed.map((test) => ({ title: titleOf(test), message: (test.failureMessages ?? [])[0] ?? '' }));
}

export const isFailed = (file) => failuresOf(file).length > 0;

/** Where `test-errors-reporter.mjs` writes what no test answers for. */
export const errorsPath = (report) => `${report}.errors`;

/** What went wrong outside of any test; nothing where nobody wrote it down. */
export function readErrors(report) {
  const path = errorsPath(report);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}
