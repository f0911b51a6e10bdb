/** One Kafka broker as a process: started, killed, stopped in its tracks, continued, started again on what it had written. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../../connectors/file/process-identity.js';
import { type BrokerPlan, brokerProperties, scramArguments } from './broker-settings.js';
import { loopback } from './ports.js';
import { endProcess, isRunning, isStopped, signal, startServer } from './process.js';
import type { ServiceRecord } from './record.js';
import { runTool } from './tools.js';
import { waitUntil } from './wait.js';

const loggerFlags = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
];

/** Start of the Java machine is most of a broker's start: the quick compiler alone, one thread of collection, little memory. */
const quickFlags = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...loggerFlags];

/** As Kafka's own start script has them (`kafka-run-class.sh`, `kafka-server-start.sh`). */
const usualFlags = [
  '-Xms1g',
  '-Xmx1g',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  ...loggerFlags,
];

const LISTENS_WITHIN_MS = 90_000;

export interface BrokerHome {
  readonly plan: BrokerPlan;
  readonly jars: string;
  readonly clusterId: string;
  readonly record: ServiceRecord;
}

export class Broker {
  readonly plan: BrokerPlan;
  readonly #home: BrokerHome;
  #process: ProcessIdentity | undefined;

  constructor(home: BrokerHome) {
    this.#home = home;
    this.plan = home.plan;
  }

  /** `host:port` for clients that need no proxy. */
  get address(): string {
    return `${loopback}:${this.plan.ports.plain}`;
  }

  /** Where the partitions' folders (`topic-0`) are. */
  get dataFolder(): string {
    return join(this.plan.folder, 'data');
  }

  get isRunning(): boolean {
    return this.#process !== undefined && isRunning(this.#process);
  }

  /** It stands still after `pause`. */
  get isStopped(): boolean {
    return this.#process !== undefined && isStopped(this.#process);
  }

  /** Starts it, on its data when it has some; it listens when this resolves. Other brokers of the cluster may still be missing. */
  async start(): Promise<void> {
    if (!existsSync(this.dataFolder)) await this.#format();
    const { jars, record } = this.#home;
    this.#process = await startServer({
      program: 'java',
      args: [
        ...(this.plan.java === 'usual' ? usualFlags : quickFlags),
        '-cp',
        `${jars}/*`,
        'kafka.Kafka',
        this.#configPath,
      ],
      folder: this.plan.folder,
      logPath: this.logPath,
    });
    record.add(`kafka broker ${this.plan.nodeId} (port ${this.plan.ports.plain})`, this.#process);
  }

  /** Resolves once its listener for clients takes connections; rejects with its last words when it ended instead. */
  async listening(): Promise<void> {
    await waitUntil(`broker ${this.plan.nodeId} listens`, LISTENS_WITHIN_MS, async () => {
      if (!this.isRunning) throw await this.#lastWords();
      return accepts(this.plan.ports.plain);
    });
  }

  /** kill -9, and gone when it resolves. What it had not yet forced to disk is still with the operating system. */
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

  get logPath(): string {
    return join(this.plan.folder, 'broker.log');
  }

  get #configPath(): string {
    return join(this.plan.folder, 'server.properties');
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#process === undefined || !signal(this.#process, name)) {
      throw new Error(`broker ${this.plan.nodeId} does not run and cannot get ${name}`);
    }
  }

  async #format(): Promise<void> {
    await mkdir(this.plan.folder, { recursive: true });
    await writeFile(this.#configPath, brokerProperties(this.plan));
    const { jars, clusterId } = this.#home;
    const args = ['format', '--cluster-id', clusterId, '--config', this.#configPath, ...scramArguments(this.plan)];
    const { code, lastLines } = await runTool('java', [
      ...quickFlags,
      '-cp',
      `${jars}/*`,
      'kafka.tools.StorageTool',
      ...args,
    ]);
    if (code !== 0) throw new Error(`the storage of broker ${this.plan.nodeId} was not made: ${lastLines.join('\n')}`);
  }

  async #lastWords(): Promise<BrokerEnded> {
    const log = await readFile(this.logPath, 'utf8').catch(() => '');
    return new BrokerEnded(`broker ${this.plan.nodeId} ended:\n${log.split('\n').slice(-20).join('\n')}`);
  }
}

export class BrokerEnded extends Error {
  override readonly name = 'BrokerEnded';
}

/** Whether somebody takes connections there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopback });
    socket.once('connect', () => socket.destroy());
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
}
