/**
 * One Qdrant as a process: started, killed, stopped in its tracks, continued, started again on its folder as it is or as it once was. It is
 * the real server where `QDRANT_PROGRAM` names its binary, otherwise the engine behind the shim.
 */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../../connectors/file/process-identity.js';
import { qdrantProgram } from '../settings.js';
import { loopback } from './ports.js';
import { endProcess, isRunning, isStopped, signal, startServer } from './process.js';
import { qdrantEngine, shimArguments, shimPython } from './qdrant-shim.js';
import type { ServiceRecord } from './record.js';
import { type Steps, silent } from './steps.js';
import { waitUntil } from './wait.js';

const READY_WITHIN_MS = 30_000;

export class QdrantServer {
  readonly url: string;
  readonly #name: string;
  readonly #port: number;
  readonly #record: ServiceRecord;
  #process: ProcessIdentity | undefined;

  constructor(name: string, port: number, record: ServiceRecord) {
    this.#name = name;
    this.#port = port;
    this.#record = record;
    this.url = `http://${loopback}:${port}`;
  }

  get isRunning(): boolean {
    return this.#process !== undefined && isRunning(this.#process);
  }

  /** It stands still after `pause`. */
  get isStopped(): boolean {
    return this.#process !== undefined && isStopped(this.#process);
  }

  /** On what it had written, when it had. It answers when this resolves. Rejects with `Unavailable` when it cannot be had here. */
  async start(steps: Steps = silent): Promise<void> {
    await mkdir(this.#dataFolder, { recursive: true });
    const { program, args } = await this.#command(steps);
    this.#process = await startServer({ program, args, folder: this.#folder, logPath: this.#logPath });
    this.#record.add(`qdrant ${this.#name} (port ${this.#port})`, this.#process);
    await waitUntil(`qdrant ${this.#name} is ready`, READY_WITHIN_MS, async () => {
      if (!this.isRunning) throw new Error(`qdrant ${this.#name} ended:\n${await this.#lastWords()}`);
      return await isReady(this.url);
    });
  }

  /** kill -9, and gone when it resolves. What it had written without forcing it to disk is still with the operating system. */
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

  /** Keeps all that it holds now under this name, for `putBack`. It has to be killed. */
  async copyAside(name: string): Promise<void> {
    await replace(this.#copyFolder(name), this.#dataFolder);
  }

  /** Its folder is as it was when the copy of this name was made. It has to be killed. */
  async putBack(name: string): Promise<void> {
    await replace(this.#dataFolder, this.#copyFolder(name));
  }

  /** Its folder is gone. It has to be killed. */
  async clear(): Promise<void> {
    await rm(this.#dataFolder, { recursive: true, force: true });
  }

  get #folder(): string {
    return join(this.#record.folder, this.#name);
  }

  get #dataFolder(): string {
    return join(this.#folder, 'data');
  }

  get #logPath(): string {
    return join(this.#folder, 'qdrant.log');
  }

  #copyFolder(name: string): string {
    return join(this.#folder, `copy-${name}`);
  }

  async #command(steps: Steps): Promise<{ readonly program: string; readonly args: readonly string[] }> {
    const server = qdrantProgram();
    if (server === undefined) {
      const program = await shimPython(steps);
      steps.move(`qdrant: starting ${qdrantEngine} behind the test shim`);
      return { program, args: shimArguments(this.#dataFolder, this.#port) };
    }
    const settings = Object.entries(serverSettings(this.#dataFolder, this.#port));
    return { program: 'env', args: [...settings.map(([name, value]) => `${name}=${value}`), server] };
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#process === undefined || !signal(this.#process, name)) {
      throw new Error(`qdrant ${this.#name} does not run and cannot get ${name}`);
    }
  }

  async #lastWords(): Promise<string> {
    const log = await readFile(this.#logPath, 'utf8').catch(() => '');
    return log.split('\n').slice(-20).join('\n');
  }
}

/** The server reads its settings from variables of these names (Qdrant's manual, Configuration, Environment variables). */
function serverSettings(dataFolder: string, port: number): Record<string, string> {
  return {
    QDRANT__STORAGE__STORAGE_PATH: join(dataFolder, 'storage'),
    QDRANT__STORAGE__SNAPSHOTS_PATH: join(dataFolder, 'snapshots'),
    QDRANT__SERVICE__HOST: loopback,
    QDRANT__SERVICE__HTTP_PORT: String(port),
    QDRANT__SERVICE__ENABLE_STATIC_CONTENT: 'false',
    QDRANT__TELEMETRY_DISABLED: 'true',
    QDRANT__LOG_LEVEL: 'WARN',
  };
}

async function isReady(url: string): Promise<boolean> {
  const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_WITHIN_MS) });
  await reply.text();
  return reply.ok;
}

async function replace(target: string, source: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await cp(source, target, { recursive: true });
}
