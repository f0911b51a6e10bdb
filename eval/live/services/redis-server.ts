/** One Redis as a process: started, killed, stopped in its tracks, continued, started again on what it had written. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ProcessIdentity } from '../../../connectors/file/process-identity.js';
import { accepts } from './broker.js';
import { loopback } from './ports.js';
import { endProcess, isRunning, isStopped, signal, startServer } from './process.js';
import type { ServiceRecord } from './record.js';
import { needTools, type Tool } from './tools.js';
import { waitUntil } from './wait.js';

export interface RedisPlan {
  /** A folder of this name, below the record's, holds its files. */
  readonly name: string;
  readonly port: number;
  readonly password?: string;
  /** Every write is in the append-only file, forced to disk, before its reply; otherwise nothing outlives the process. Absent: off. */
  readonly appendOnly?: boolean;
  /** With a port of its own for what the nodes of a cluster tell each other. */
  readonly clusterPort?: number;
  /** Of `redis.conf`, without the dashes: `{ 'maxmemory-policy': 'noeviction' }`. They win over what is here. */
  readonly overrides?: Readonly<Record<string, string>>;
}

export const redisTool: Tool = { title: 'Redis', program: 'redis-server', args: ['--version'] };

const LISTENS_WITHIN_MS = 90_000;

export class RedisServer {
  #plan: RedisPlan;
  readonly #record: ServiceRecord;
  #process: ProcessIdentity | undefined;

  constructor(plan: RedisPlan, record: ServiceRecord) {
    this.#plan = plan;
    this.#record = record;
  }

  get plan(): RedisPlan {
    return this.#plan;
  }

  /** `host:port`. */
  get address(): string {
    return `${loopback}:${this.plan.port}`;
  }

  get url(): string {
    const { password } = this.plan;
    return `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${this.address}`;
  }

  get folder(): string {
    return join(this.#record.folder, this.plan.name);
  }

  get isRunning(): boolean {
    return this.#process !== undefined && isRunning(this.#process);
  }

  /** It stands still after `pause`. */
  get isStopped(): boolean {
    return this.#process !== undefined && isStopped(this.#process);
  }

  /** Starts it, on its files when it has some. It answers when this resolves. Rejects with `Unavailable` when there is no Redis here. */
  async start(): Promise<void> {
    await needTools([redisTool]);
    await mkdir(this.folder, { recursive: true });
    this.#process = await startServer({
      program: redisTool.program,
      args: Object.entries(settingsOf(this.plan)).flatMap(([name, value]) => [`--${name}`, value]),
      folder: this.folder,
      logPath: this.#logPath,
    });
    this.#record.add(`redis ${this.plan.name} (port ${this.plan.port})`, this.#process);
    await waitUntil(`redis ${this.plan.name} answers`, LISTENS_WITHIN_MS, async () => {
      if (!this.isRunning) throw new Error(`redis ${this.plan.name} ended:\n${await this.#lastLines()}`);
      // Until its file is loaded it takes connections and refuses commands.
      return (await accepts(this.plan.port)) && (await this.ask('PING')) === 'PONG';
    });
  }

  /** kill -9, and gone when it resolves. */
  async kill(): Promise<void> {
    if (this.#process !== undefined) await endProcess(this.#process);
  }

  /** SIGSTOP: its connections stay and nothing answers on them. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.#signal('SIGCONT');
  }

  /** One command on a connection of its own, without tries. */
  async ask(command: string, ...args: readonly string[]): Promise<unknown> {
    const { port, password } = this.plan;
    const client = new Redis({
      host: loopback,
      port,
      lazyConnect: true,
      retryStrategy: () => null,
      ...(password === undefined ? {} : { password }),
    });
    // The command that failed says what is wrong; without a listener the same would end the process.
    client.on('error', () => {});
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  /** From now on it listens there alone (CONFIG SET port, since Redis 7.0): it takes the place of one that is gone. */
  async moveTo(port: number): Promise<void> {
    await this.ask('CONFIG', 'SET', 'port', String(port));
    this.#plan = { ...this.#plan, port };
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#process === undefined || !signal(this.#process, name)) {
      throw new Error(`redis ${this.plan.name} does not run and cannot get ${name}`);
    }
  }

  get #logPath(): string {
    return join(this.folder, 'redis.log');
  }

  async #lastLines(): Promise<string> {
    const log = await readFile(this.#logPath, 'utf8').catch(() => '');
    return log.split('\n').slice(-10).join('\n');
  }
}

function settingsOf({ port, password, appendOnly = false, clusterPort, overrides }: RedisPlan) {
  return {
    port: String(port),
    bind: loopback,
    // Its own snapshots would be a second memory of what a test takes from the append-only file.
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
    appendfsync: 'always',
    // A replica is served from memory, at once.
    'repl-diskless-sync-delay': '0',
    ...(password === undefined ? {} : { requirepass: password, masterauth: password }),
    ...(clusterPort === undefined ? {} : clusterSettings(clusterPort)),
    ...overrides,
  };
}

function clusterSettings(clusterPort: number) {
  return {
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-port': String(clusterPort),
    // After so long a node that is silent counts as failed.
    'cluster-node-timeout': '1000',
  };
}
