import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoalResult } from './goals.js';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const timeoutMs = 120_000;
let folder: string;

/** A repository of the suites, and no data folder. Without baselines: what is compared with one has made it. */
function rootWith(name: string, change: (suite: string) => string = (suite) => suite): string {
  const root = join(folder, name);
  mkdirSync(join(root, 'eval/baselines'), { recursive: true });
  cpSync(join(repository, 'eval/suites'), join(root, 'eval/suites'), { recursive: true });
  const path = join(root, 'eval/suites/demo.yaml');
  writeFileSync(path, change(readFileSync(path, 'utf8').replace(/^baseline:.*\n/m, '')));
  return root;
}

function run(root: string, ...args: readonly string[]) {
  return runWith(join(folder, 'no-such-folder'), root, ...args);
}

function runWith(data: string, root: string, ...args: readonly string[]) {
  const program = join(repository, 'dist/eval/quality/run.js');
  const env = { ...process.env, TIDEMARK_DATA: data };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-quality-'));
  const built = spawnSync(process.execPath, [join(repository, 'scripts/build.mjs')], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the program is not built: ${built.stderr}`);
}, timeoutMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the measurement without a data folder', { timeout: timeoutMs }, () => {
  it('runs the demo world, names what is not run, ends with 0, and is equal to the baseline that it wrote', () => {
    const root = rootWith('updated');
    const { status, stdout } = run(root, '--json', '--update');
    expect(status).toBe(0);
    const told = JSON.parse(stdout) as {
      measured: { set: string; setup: string }[];
      goals: GoalResult[];
      notRun: string[];
    };
    expect(told.measured.map(({ set, setup }) => [set, setup])).toEqual([['demo', 'lexical']]);
    expect(told.goals.map(({ outcome }) => outcome)).toEqual(told.goals.map(() => 'not run'));
    expect(told.notRun.map((line) => line.split(':')[0])).toEqual([
      'demo by minilm',
      'tau-banking',
      'mtrag-un',
      'mtrag-un-last-turns',
      'banking77',
    ]);
    expect(existsSync(join(root, 'eval/baselines/demo.lexical.json'))).toBe(true);
    const verdicts = run(root, 'demo')
      .stdout.split('\n')
      .filter((line) => line.includes('committed'));
    expect(verdicts.map((line) => line.split(/ {2,}/).at(-1))).toEqual(['equal', 'equal', 'equal']);
  });

  it('ends with 1 where a threshold of a suite is not met, and still tells all', () => {
    const root = rootWith('failing', (suite) => suite.replace(/^thresholds:\n/m, "thresholds:\n  tokens: '<= 1'\n"));
    const { status, stdout } = run(root, 'demo');
    expect(status).toBe(1);
    expect(stdout).toContain('future_leak');
  });

  it('ends with 2 for a set that there is not, and names those there are', () => {
    const { status, stderr } = run(rootWith('unknown'), 'demo', 'demos');
    expect(status).toBe(2);
    expect(stderr).toContain(
      'no set is called demos; there are demo, tau-banking, mtrag-un, mtrag-un-last-turns, banking77',
    );
  });

  it('ends with 2 where nothing was measured, or nothing of a set that was named', () => {
    const root = rootWith('nothing');
    const unknown = run(root, 'demo', '--setup', 'minilmm');
    expect([unknown.status, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('no set-up is called minilmm; there are lexical, minilm'),
    ]);
    expect(run(root, 'demo', '--setup', 'minilm').status).toBe(2);
    const named = run(root, 'demo', 'banking77', '--setup', 'lexical');
    expect([named.status, named.stdout]).toEqual([2, expect.stringContaining('not run: banking77')]);
  });

  it('names a set that a data folder lacks in a line, keeps what the others gave, and ends with 1', () => {
    const data = join(folder, 'empty');
    mkdirSync(data);
    const { status, stdout, stderr } = runWith(data, rootWith('lacking'), '--setup', 'lexical', '--json');
    expect([status, stderr]).toEqual([1, '']);
    const told = JSON.parse(stdout) as { measured: { set: string }[]; notRun: string[] };
    expect(told.measured.map(({ set }) => set)).toEqual(['demo']);
    expect(told.notRun.map((line) => line.split(':')[0])).toEqual([
      'tau-banking',
      'mtrag-un',
      'mtrag-un-last-turns',
      'banking77',
    ]);
  });
});
