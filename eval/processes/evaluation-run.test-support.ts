/** `tidemark eval run` as a process of its own, on this Node or another one: what can be killed and interrupted for real. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entry } from './server.test-support.js';

/** The demo world's: it needs no data. */
export const demoSuite = fileURLToPath(new URL('../suites/demo.yaml', import.meta.url));

export interface RunPlan {
  readonly suite: string;
  /** Where it is started; what models have computed is kept below it. */
  readonly folder: string;
  /** As EMBEDDER takes it, or the name of one of the suite's. */
  readonly setup?: string;
  readonly isResumed?: boolean;
  /** The program of another Node. */
  readonly node?: string;
}

export interface RunExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

const running = new Set<ChildProcess>();

/** For `afterEach`: ends what a failed test has left running. */
export function endRuns(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class EvaluationRun {
  readonly exited: Promise<RunExit>;
  readonly #child: ChildProcess;
  readonly #out: string;

  constructor({ suite, folder, setup, isResumed = false, node = process.execPath }: RunPlan) {
    mkdirSync(folder, { recursive: true });
    this.#out = join(folder, 'run');
    const chosen = setup === undefined ? [] : ['--setup', setup];
    const args = [entry, 'eval', 'run', suite, '--out', this.#out, ...chosen, ...(isResumed ? ['--resume'] : [])];
    const { PATH = '' } = process.env;
    this.#child = spawn(node, args, { env: { PATH }, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(this.#child);
    let err = '';
    this.#child.stderr?.on('data', (bytes) => {
      err += String(bytes);
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        running.delete(this.#child);
        resolve({ code, signal, err });
      });
    });
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** That are on the disk by now. */
  get answers(): number {
    return answersIn(this.#out);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}

export function answersPath(folder: string): string {
  return join(folder, 'run', 'answers.ndjson');
}

function answersIn(out: string): number {
  const path = join(out, 'answers.ndjson');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 2 : 0;
}

/** Every byte of the report but those of its times, which stand at its end. */
export function reportBytes(folder: string): string {
  const text = readFileSync(join(folder, 'run', 'report.json'), 'utf8');
  const end = text.lastIndexOf('"times":');
  if (end < 0) throw new Error('a report ends with its times');
  return text.slice(0, end);
}

/** Whether a run has come to its end in this folder. */
export function hasReport(folder: string): boolean {
  return existsSync(join(folder, 'run', 'report.json'));
}

export interface Node {
  readonly name: string;
  readonly program: string;
}

/** This Node first, then those that `npm run test:matrix` has put into its cache. */
export function nodes(): readonly Node[] {
  const kept = fileURLToPath(new URL('../../node_modules/.cache/tidemark/node', import.meta.url));
  const { TIDEMARK_NODE_CACHE: cache = kept } = process.env;
  const own = process.versions.node.split('.')[0] ?? '';
  const majors = existsSync(cache) ? readdirSync(cache).filter((name) => /^\d+$/.test(name) && name !== own) : [];
  const others = majors.sort().map((major) => {
    const name = `node-${process.platform}-${process.arch}`;
    return { name: `Node ${major}`, program: join(cache, major, 'node_modules', name, 'bin/node') };
  });
  return [{ name: `Node ${own}`, program: process.execPath }, ...others.filter(({ program }) => existsSync(program))];
}
