/**
 * The simulation as a program: `node dist/eval/simulation/run.js --seed N` or `--seeds A..B`. Prints how often each kind of fault bit;
 * a progress line only on a terminal. Ctrl-C ends it after the seed under way and prints what there is.
 */
import { type Bites, faultKinds } from './faults.js';
import { reportOf } from './report.js';
import { simulate } from './simulation.js';

const usage = 'usage: run.js --seed N | --seeds A..B\n';

function seedsOf(args: readonly string[]): readonly [first: number, last: number] | undefined {
  const [flag, value = ''] = args;
  const match = flag === '--seed' ? /^(\d+)$/.exec(value) : flag === '--seeds' ? /^(\d+)\.\.(\d+)$/.exec(value) : null;
  if (match === null) return undefined;
  const first = Number(match[1]);
  return [first, Number(match[2] ?? match[1])];
}

async function main(args: readonly string[]): Promise<number> {
  const range = seedsOf(args);
  if (range === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  let isInterrupted = false;
  process.once('SIGINT', () => {
    isInterrupted = true;
  });
  const [first, last] = range;
  const total = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<keyof Bites, number>;
  const sums = { runs: 0, steps: 0, released: 0, replays: 0, failed: 0, slowestMs: 0 };
  const startedAtMs = performance.now();
  for (let seed = first; seed <= last && !isInterrupted; seed++) {
    const outcome = await simulate(seed, {}, first === last ? Number.MAX_SAFE_INTEGER : 20);
    for (const kind of faultKinds) total[kind] += outcome.bites[kind];
    sums.runs++;
    sums.steps += outcome.steps;
    sums.released += outcome.released;
    sums.replays += outcome.replays;
    sums.slowestMs = Math.max(sums.slowestMs, outcome.recoveredMs);
    if (outcome.violation !== undefined) {
      sums.failed++;
      process.stdout.write(`${reportOf(outcome)}\n`);
    } else if (first === last) process.stdout.write(`seed ${seed}: ${outcome.digest}\n`);
    if (process.stdout.isTTY) process.stdout.write(`\r${seed - first + 1} of ${last - first + 1}`);
  }
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
  if (process.stdout.isTTY) process.stdout.write('\r');
  process.stdout.write(`${sums.runs} runs in ${seconds} s, ${sums.failed} failed; ${sums.steps} events, `);
  process.stdout.write(
    `${sums.released} answers, ${sums.replays} replays; slowest recovery ${Math.round(sums.slowestMs)} ms\n`,
  );
  for (const kind of faultKinds) process.stdout.write(`${kind.padEnd(20)} ${total[kind]}\n`);
  return sums.failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
