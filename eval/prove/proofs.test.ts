import { existsSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { proofs } from './proofs.js';

/** Folders of the evaluation that prove nothing: streams, suites and baselines to measure with, what measures, and this one. */
const plain = ['baselines', 'bench', 'prove', 'quality', 'streams', 'suites'];
/** And what needs real servers, which `npm run test:live` starts. */
const others = [...plain, 'live'];

/** Test files at that path: itself, or what is in the folder. */
function testsIn(suite: string): readonly string[] {
  if (!existsSync(suite)) return [];
  const files = statSync(suite).isFile() ? [suite] : readdirSync(suite, { recursive: true }).map(String);
  return files.filter((file) => file.endsWith('.test.ts'));
}

describe('the list of proofs', () => {
  it('names suites that exist, each with a test in it', () => {
    const named = proofs.flatMap(({ suites }) => suites);
    expect(named.filter((suite) => testsIn(suite).length === 0)).toEqual([]);
  });

  it('leaves no proving folder out', () => {
    const folders = readdirSync('eval', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const proving = folders.map(({ name }) => name).filter((name) => !others.includes(name));
    const named = proofs.flatMap(({ suites }) => suites);
    expect(proving.filter((name) => !named.includes(`eval/${name}`))).toEqual([]);
  });

  it('reaches every promise that README calls kept', () => {
    const reached = new Set(proofs.flatMap(({ promises }) => promises));
    for (const promise of ['P1', 'P2', 'P3', 'P4', 'P5', 'P7', 'P8', 'P9'] as const) expect(reached).toContain(promise);
  });
});
