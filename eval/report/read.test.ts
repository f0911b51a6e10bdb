import { describe, expect, it } from 'vitest';
import { readReport } from './read.js';
import { madeReport } from './report.test-support.js';

const report = madeReport({ questions: 5, findings: ['stale_hit'] });

describe('a report that is read', () => {
  it('is the one that was written, every member of it', () => {
    expect(readReport(JSON.stringify(report), 'report.json')).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it.each([
    ['{', 'report.json is not JSON'],
    ['{"format":2}', 'report.json is no report: at /format'],
    [JSON.stringify({ ...report, seed: 'one' }), 'report.json is no report: at /seed'],
  ])('is refused with one clear line', (text, line) => {
    expect(() => readReport(text, 'report.json')).toThrow(line);
  });
});
