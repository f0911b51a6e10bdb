/**
 * One Qdrant as a process: started, killed, stopped in its tracks, continued, started again on its folder as it is or as it once was. It is
 * the real server where `QDRANT_PROGRAM` names its binary, otherwise the engine behind the shim.
 */
import { mkdir, readFile, rm, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ProcessIdentity } from '../../../connectors/file/process-identity.js';
import { invariant } from '../../../src/errors.js';
import { qdrantProgram } from '../settings.js';
import { loopback } from './ports.js';
import { endProcess, isRunning, isStopped, signal, startServer } from './process.js';
import { qdrantEngine, shimArguments, shimPython } from './qdrant-shim.js';
import type { ServiceRecord } from './record.js';
import { type Steps, silent } from './steps.js';
import { runTool } from './tools.js';
import { waitUntil } from './wait.js';

const READY_WITHIN_MS = 90_000;

/**
 * A folder in memory (Linux). Making a collection forces some twenty files to disk, which is most of a test's time on a busy machine; what
 * is killed here is a process, and its files in memory stay.
 */
const memoryFolder = '/dev/shm';
/** A collection reserves 200 MB, of which it uses little. */
const memoryFreeMin = 4 * 2 ** 30;

export interface QdrantPlan {
  /** A folder of this name, below the record's, holds its files. */
  readonly name: string;
  readonly port: number;
  readonly kind?: 'server_if_given' | 'shim';
  /** Absent: it asks for none. */
  readonly apiKey?: string;
}

export class QdrantServer {
  readonly url: string;
  readonly #name: string;
  readonly #port: number;
  readonly #record: ServiceRecord;
  readonly #program: string | undefined;
  readonly #apiKey: string | undefined;
  #folder: string | undefined;
  #process: ProcessIdentity | undefined;

  constructor({ name, port, kind = 'server_if_given', apiKey }: QdrantPlan, record: ServiceRecord) {
    this.#program = kind === 'shim' ? undefined : qdrantProgram();
    this.#apiKey = apiKey;
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
    await this.#makeFolder();
    const { program, args } = await this.#command(steps);
    this.#process = await startServer({ program, args, folder: this.#dataFolder, logPath: this.#logPath });
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
    await replaceFolder(this.#copyFolder(name), this.#dataFolder);
  }

  /** Its folder is as it was when the copy of this name was made. It has to be killed. */
  async putBack(name: string): Promise<void> {
    await replaceFolder(this.#dataFolder, this.#copyFolder(name));
  }

  /** Its folder is gone. It has to be killed. */
  async clear(): Promise<void> {
    await rm(this.#dataFolder, { recursive: true, force: true });
  }

  async #makeFolder(): Promise<void> {
    if (this.#folder === undefined) {
      const inMemory = join(memoryFolder, `tidemark-${basename(this.#record.folder)}`);
      const isInMemory = await hasRoom(memoryFolder);
      if (isInMemory) this.#record.addFolder(inMemory);
      this.#folder = join(isInMemory ? inMemory : this.#record.folder, this.#name);
    }
    await mkdir(this.#dataFolder, { recursive: true });
  }

  get #needFolder(): string {
    invariant(this.#folder !== undefined, 'it has a folder once it was started');
    return this.#folder;
  }

  get #dataFolder(): string {
    return join(this.#needFolder, 'data');
  }

  get #logPath(): string {
    return join(this.#needFolder, 'qdrant.log');
  }

  #copyFolder(name: string): string {
    return join(this.#needFolder, `copy-${name}`);
  }

  async #command(steps: Steps): Promise<{ readonly program: string; readonly args: readonly string[] }> {
    const server = this.#program;
    if (server === undefined) {
      const program = await shimPython(steps);
      steps.move(`qdrant: starting ${qdrantEngine} behind the test shim`);
      return { program, args: shimArguments(this.#dataFolder, this.#port) };
    }
    const settings = Object.entries({
      ...serverSettings(this.#dataFolder, this.#port),
      ...(this.#apiKey === undefined ? {} : { QDRANT__SERVICE__API_KEY: this.#apiKey }),
    });
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

async function hasRoom(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= memoryFreeMin;
  } catch {
    return false;
  }
}

/** By `cp`, which leaves holes in files as holes: most of these files are. */
async function replaceFolder(target: string, source: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  const { code, lastLines } = await runTool('cp', ['-R', source, target]);
  if (code !== 0) throw new Error(`${source} was not copied: ${lastLines.join(' ')}`);
}
