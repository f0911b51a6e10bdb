/**
 * Where mutants are made and tried: a scratch folder beside no other, with one copy of the work tree per mutant and one that is left
 * as it is. All their tests run in one go of the test runner; the copies share every file that no mutant has touched.
 */
import { spawn } from 'node:child_process';
import { cp, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { applied, type Mutant } from './mutant.js';
import { type Outcome, outcomesIn } from './outcome.js';

/** `mutant` null: the copy that is left as it is. */
export interface Trial {
  readonly mutant: Mutant | null;
  /** Test files, by their path from the root of the repository. */
  readonly tests: readonly string[];
}

/** By the name of the mutant (`unpatched` for none), then by test file. */
export type Outcomes = ReadonlyMap<string, ReadonlyMap<string, Outcome>>;

export const UNPATCHED = 'unpatched';
const COPIED = ['src', 'connectors', 'eval', 'prompts', 'package.json'];
/** Tests of copies use processes and files as all tests do: two at a time leave something to those who share the machine. */
const WORKERS = 2;
/** No test file needs a quarter of it on a sound source. Of processor time, so that a busy machine is not taken for a mutant that hangs. */
const PROCESSOR_SECONDS_MAX = 40;
/** For the same reason: copies wait for each other, and a test that is sound must not run out of time. */
const TEST_MS_MAX = 20_000;
/**
 * Loaded by every test file. Any counterexample will do, and the report must tell what failed: an assertion, or the mutant itself. One
 * that loops for ever lets no timer of its own thread come up: another thread ends its process, which fails the file without a result.
 */
const SETUP = `
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
fc.configureGlobal({ endOnFailure: true, includeErrorInReport: true });
const watch = 'setInterval(() => { const { user } = process.cpuUsage(); if (user > ${PROCESSOR_SECONDS_MAX}e6) process.kill(process.pid, "SIGKILL"); }, 1000)';
new Worker(watch, { eval: true }).unref();
`;

/** Rejects when a mutant does not apply, and when the test runner gives no report. */
export async function tryOut(root: string, trials: readonly Trial[], signal: AbortSignal): Promise<Outcomes> {
  const scratch = await mkdtemp(join(tmpdir(), 'tidemark-mutants-'));
  try {
    await prepare(root, scratch, trials);
    const report = join(scratch, 'report.json');
    const said = await runTests(root, { scratch, report, signal });
    const text = await readFile(report, 'utf8').catch(() => undefined);
    if (text === undefined) throw new Error(`the test runner gave no report: ${said}`);
    return grouped(scratch, text);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function prepare(root: string, scratch: string, trials: readonly Trial[]): Promise<void> {
  const sound = join(scratch, UNPATCHED);
  await mkdir(sound);
  for (const name of COPIED) await cp(join(root, name), join(sound, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(scratch, 'node_modules'));
  await cp(join(root, 'tsconfig.json'), join(scratch, 'tsconfig.json'));
  const made = trials.flatMap(({ mutant }) =>
    mutant === null ? [] : [make(mutant, sound, join(scratch, mutant.name))],
  );
  const faults = (await Promise.allSettled(made)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  // All at once: whoever has moved code wants to know every mutant that stood there.
  if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('\n'));
  const include = trials.flatMap(({ mutant, tests }) => tests.map((test) => `${mutant?.name ?? UNPATCHED}/${test}`));
  await writeFile(join(scratch, 'setup.mjs'), SETUP);
  const test = {
    include,
    setupFiles: ['setup.mjs'],
    pool: 'forks',
    maxWorkers: WORKERS,
    allowOnly: false,
    testTimeout: TEST_MS_MAX,
    // The proving suites among the tests stay at their small size: each runs once per mutant.
    env: { TIDEMARK_PROVE: '' },
  };
  await writeFile(join(scratch, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })};\n`);
}

async function make(mutant: Mutant, sound: string, folder: string): Promise<void> {
  await linkTree(sound, folder);
  for (const edit of mutant.edits) {
    const path = join(folder, edit.file);
    const text = applied(mutant.name, edit, await readFile(path, 'utf8'));
    // Removed first: written in place it would change in every copy.
    await rm(path);
    await writeFile(path, text);
  }
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    await (entry.isDirectory() ? linkTree(source, target) : link(source, target));
  }
}

interface Run {
  readonly scratch: string;
  readonly report: string;
  readonly signal: AbortSignal;
}

/** Resolves with the last of what the runner said; that tests fail is what is hoped for, so its exit code says nothing. */
async function runTests(root: string, { scratch, report, signal }: Run): Promise<string> {
  const runner = join(root, 'node_modules/vitest/vitest.mjs');
  const flags = ['--root', scratch, '--config', join(scratch, 'vitest.config.mjs'), '--reporter=json'];
  const child = spawn(process.execPath, [runner, 'run', ...flags, `--outputFile=${report}`], {
    cwd: scratch,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  return said;
}

function grouped(scratch: string, report: string): Outcomes {
  const outcomes = new Map<string, Map<string, Outcome>>();
  for (const { path, outcome } of outcomesIn(report)) {
    const [name = '', ...test] = path.slice(path.indexOf(scratch) + scratch.length + 1).split(sep);
    const ofMutant = outcomes.get(name) ?? new Map<string, Outcome>();
    outcomes.set(name, ofMutant.set(test.join('/'), outcome));
  }
  return outcomes;
}
