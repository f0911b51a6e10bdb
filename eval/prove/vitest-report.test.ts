import { describe, expect, it } from 'vitest';
import { countsOf } from './vitest-report.js';

const passing = { fullName: 'law holds', status: 'passed', failureMessages: [] };
const failing = { fullName: 'law breaks', status: 'failed', failureMessages: ['seed 7'] };

function report(tests: readonly object[], success: boolean, status = success ? 'passed' : 'failed'): string {
  const file = { name: 'a.test.ts', status, message: 'does not load', assertionResults: tests };
  return JSON.stringify({ success, testResults: [file] });
}

describe('counts of a proof', () => {
  it('are what passed and failed, with what each failure said', () => {
    const counts = countsOf(report([passing, failing], false), 1);
    expect(counts).toEqual({ passed: 1, failed: 1, skipped: 0, failures: ['law breaks\nseed 7'] });
  });

  it.each([
    ['left no report', undefined, 0],
    ['left a report nobody can read', '{', 0],
    ['ran no test', report([], true), 0],
    ['ended badly though all passed', report([passing], true), 1],
    ['has a file that does not load', report([passing], false), 1],
  ])('are a failure when the run %s', (_, text, code) => {
    expect(countsOf(text, code).failed).toBe(1);
  });
});
