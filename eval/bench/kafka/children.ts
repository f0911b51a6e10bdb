/** Programs that are measured in processes of their own, as they would run. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loopback } from '../../live/services/ports.js';
import { environmentWith } from '../../live/settings.js';
import { type ConsumerPlan, type EvalshaPlan, nowMs, type Told } from './plans.js';
import { tenant } from './tickets.js';
import type { KafkaWorld } from './world.js';

export class Child {
  readonly startedAtMs = nowMs();
  readonly #process: ChildProcess;
  readonly #listeners = new Set<(told: Told) => void>();
  readonly #ended: Promise<never>;
  /** For a run that is interrupted: before the folder it writes to is removed. */
  readonly #atExit = () => void this.#process.kill('SIGKILL');
  #isStopped = false;

  constructor(program: string, args: readonly string[], options: Partial<Started> = {}) {
    const { imports = [], settings = {} } = options;
    this.#process = fork(fileURLToPath(new URL(program, import.meta.url)), args, {
      execArgv: imports.map((name) => `--import=${new URL(name, import.meta.url)}`),
      env: environmentWith(settings),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    process.prependOnceListener('exit', this.#atExit);
    let lastWords = '';
    this.#process.stderr?.on('data', (bytes) => {
      lastWords = `${lastWords}${bytes}`.slice(-1_000);
    });
    this.#process.on('message', (told) => {
      for (const listener of this.#listeners) listener(told as Told);
    });
    this.#ended = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`${program} ended with ${code}: ${lastWords}`);
    });
    this.#ended.catch(() => undefined);
  }

  /** Returns how to stop. */
  listen(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The first thing it tells that is wanted. Rejects with its last words when it ends before. */
  async heard<Wanted extends Told>(isWanted: (told: Told) => told is Wanted): Promise<Wanted> {
    let stop = () => {};
    const wanted = new Promise<Wanted>((resolve) => {
      stop = this.listen((told) => isWanted(told) && resolve(told));
    });
    return Promise.race([wanted, this.#ended]).finally(stop);
  }

  /** Gone when it resolves. What it would do at a stop in order is no part of what is measured. */
  async end(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#process.kill('SIGKILL');
    await this.#ended.catch(() => undefined);
    process.off('exit', this.#atExit);
  }
}

interface Started {
  readonly imports: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
}

export interface ServePlan {
  readonly port?: number;
  /** Of a Redis that holds nothing yet. Absent: the state is in memory. */
  readonly stateUrl?: string;
}

/** `tidemark serve` that has never run: no journal, and a group that nobody knows. */
export async function startServe(world: KafkaWorld, { port = 0, stateUrl }: ServePlan = {}): Promise<Child> {
  const { brokers, map, folder } = world;
  const own = await mkdtemp(join(folder, 'service-'));
  const topics = join(own, 'topics.json');
  await writeFile(topics, JSON.stringify(map));
  const settings = {
    LOG_URL: brokers.url,
    TOPICS: topics,
    JOURNAL_URL: `file:${join(own, 'journal')}`,
    KAFKA_GROUP: own.slice(own.lastIndexOf('/') + 1),
    TENANT: tenant,
    LOG_LEVEL: 'error',
    ...(stateUrl === undefined ? {} : { STATE_URL: stateUrl }),
  };
  const args = ['serve', '--host', loopback, '--port', String(port)];
  return new Child('../../../src/main.js', args, {
    imports: [stateUrl === undefined ? 'observe.js' : 'observe-redis.js'],
    settings,
  });
}

export function startConsumer(plan: ConsumerPlan): Child {
  return new Child('consumer.js', [JSON.stringify(plan)]);
}

export function startEvalshaConsumer(plan: EvalshaPlan): Child {
  return new Child('evalsha-consumer.js', [JSON.stringify(plan)]);
}

export interface Timed {
  /** From the first record that came to it to the last one it was done with. */
  readonly firstToLastMs: number;
  /** From the start of its process to that. */
  readonly startToLastMs: number;
}

/** Many times what the slowest side takes: what is not done by then never will be, and the row says so. */
const DONE_WITHIN_MS = 180_000;

/** Until it is done with so many records; then it is ended. */
export async function timed(child: Child, count: number): Promise<Timed> {
  try {
    const first = child.heard((told): told is Told & { kind: 'first' } => told.kind === 'first');
    const done = child.heard((told): told is Told & { kind: 'done' } => told.kind === 'done' && told.count >= count);
    const both = within(DONE_WITHIN_MS, `${count} records were not done with`, Promise.all([first, done]));
    const [{ atMs: firstAtMs }, { atMs: lastAtMs, count: seen }] = await both;
    if (seen !== count) throw new Error(`${seen} records were counted, not ${count}`);
    return { firstToLastMs: lastAtMs - firstAtMs, startToLastMs: lastAtMs - child.startedAtMs };
  } finally {
    await child.end();
  }
}

function within<Value>(timeMs: number, what: string, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${timeMs / 1_000} s`)), timeMs);
  });
  return Promise.race([work, over]).finally(() => clearTimeout(timer));
}
