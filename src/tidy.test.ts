/** Reads the source of the repository and holds it to the rules of CONTRIBUTING.md. `tidy/rules.test.ts` shows that each rule bites. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shippedPackages } from './tidy/import-rules.js';
import { report } from './tidy/rule.js';
import { rules } from './tidy/rules.js';
import { spreadOf } from './tidy/size-rules.js';
import { readSources } from './tidy/source.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = readSources(root, ['src', 'connectors', 'eval', 'examples']);
const { files, median, p90, longest } = spreadOf(sources);

function installedPackages(): ReadonlySet<string> {
  const manifest: { dependencies?: object; peerDependencies?: object; optionalDependencies?: object } = JSON.parse(
    readFileSync(`${root}/package.json`, 'utf8'),
  );
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }));
}

describe(`the source: ${files} files, median ${median} lines, p90 ${p90}, longest ${longest}`, () => {
  it('is found', () => {
    expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(['src/limits.ts', 'src/tidy.test.ts']));
  });

  it.each([...rules, shippedPackages(installedPackages())])('keeps $name', (rule) => {
    expect(report(rule, sources)).toBe('');
  });
});
