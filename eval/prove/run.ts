/**
 * `npm run prove [-- --full] [--resume] [--json] [-- name …]`: every proof in turn, at the size of each test run or, with `--full`,
 * at full size; those that start real servers only where they are named. Interrupted, `--resume` leaves out what has passed on this
 * commit. Exits with 1 when a proof failed or ran nothing.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProgress } from '../../src/cli/progress.js';
import { type Proof, proofs } from './proofs.js';
import { Results } from './results.js';
import { environmentAt } from './settings.js';
import { type Counts, countsOf } from './vitest-report.js';

interface Outcome extends Counts {
  readonly name: string;
  readonly promises: Proof['promises'];
  readonly seconds: number;
  readonly resumed: boolean;
}

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const chosen = proofs.filter(({ name, live = false }) =>
  names.length === 0 ? !live : names.some((word) => name.includes(word)),
);
if (chosen.length === 0) {
  process.stderr.write(`no proof has that name; there are\n${proofs.map(({ name }) => `  ${name}\n`).join('')}`);
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

/** Vitest in a process of its own: its report on what ran, its complaints on standard error. */
async function run(proof: Proof): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-prove-'));
  const report = join(folder, 'report.json');
  try {
    const code = await exitCodeOf(proof, report);
    return countsOf(await readFile(report, 'utf8').catch(() => undefined), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function exitCodeOf({ suites, live = false }: Proof, report: string): Promise<number> {
  const config = live ? ['--config', 'vitest.live.config.ts'] : [];
  const words = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...config,
    ...suites,
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: environmentAt(flags.full ? 'full' : 'quick'),
    signal: stop.signal,
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const results = await Results.open(flags.full ? 'full' : 'quick');
const progress = startProgress(flags.full ? 'prove, full size' : 'prove', 'proofs');
const outcomes: Outcome[] = [];
for (const proof of chosen) {
  progress.show(outcomes.length, chosen.length);
  const known = flags.resume ? results.passed(proof.name) : undefined;
  const startedAtMs = performance.now();
  const counts = known ?? (await run(proof));
  if (stop.signal.aborted) break;
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  const outcome = { name: proof.name, promises: proof.promises, ...counts, seconds, resumed: known !== undefined };
  outcomes.push(outcome);
  await results.keep(proof.name, counts);
  if (!flags.json) process.stdout.write(`${lineOf(outcome)}\n`);
}
progress.done();

function lineOf({ name, promises, passed, failed, skipped, seconds, resumed, failures }: Outcome): string {
  const verdict = failed === 0 ? 'holds ' : 'BROKEN';
  const counted = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  const when = resumed ? 'earlier, on this commit' : `${seconds} s`;
  const head = `${verdict}  ${name} (${promises.join(' ')}): ${counted}, ${when}`;
  return [head, ...failures.map((failure) => `        ${failure.replaceAll('\n', '\n        ')}`)].join('\n');
}

const broken = outcomes.filter(({ failed }) => failed > 0).length;
const missing = chosen.length - outcomes.length;
if (flags.json) {
  process.stdout.write(`${JSON.stringify({ size: flags.full ? 'full' : 'quick', outcomes, missing }, null, 2)}\n`);
} else {
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  const interrupted = missing > 0 ? `; interrupted, ${missing} proofs to go: go on with --resume` : '';
  process.stdout.write(`${passed} passed, ${failed} failed in ${outcomes.length} proofs${interrupted}\n`);
}
process.exitCode = broken > 0 || missing > 0 ? 1 : 0;
