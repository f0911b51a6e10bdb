import { describe, expect, it } from 'vitest';
import { importProofs } from './import-rules.proofs.js';
import { languageProofs } from './language-rules.proofs.js';
import { reportedIn } from './proof.js';
import { report } from './rule.js';
import { rules } from './rules.js';
import { sizeProofs } from './size-rules.proofs.js';
import { readSource } from './source.js';
import { testProofs } from './test-rules.proofs.js';

const proofs = [...importProofs, ...sizeProofs, ...languageProofs, ...testProofs];

describe.each(proofs)('$rule.name', ({ rule, bad, good }) => {
  it.each(bad)('reports bad source %$', (repository) => {
    expect(reportedIn(rule, repository), JSON.stringify(repository)).not.toEqual([]);
  });

  it.each(good)('lets good source %$ pass', (repository) => {
    expect(reportedIn(rule, repository), JSON.stringify(repository)).toEqual([]);
  });
});

describe('rules', () => {
  it('are each shown to bite and to let something alike pass', () => {
    const proven = proofs.filter(({ bad, good }) => bad.length > 0 && good.length > 0).map(({ rule }) => rule);
    expect(rules.filter((rule) => !proven.includes(rule)).map(({ name }) => name)).toEqual([]);
  });

  it('report the place, what is there, the rule and what to do', () => {
    const [rule] = rules.filter(({ name }) => name === 'no-any');
    const source = readSource('src/log/a.ts', 'f();\nlet a: any;');
    expect(rule === undefined ? '' : report(rule, [source])).toBe(
      'src/log/a.ts:2 any [no-any]: name the type, or take unknown and narrow it',
    );
  });

  it('name the file that cannot be parsed', () => {
    expect(() => readSource('src/log/a.ts', 'let = {')).toThrow('src/log/a.ts cannot be parsed');
  });
});
