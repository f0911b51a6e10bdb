/** `tidemark serve` as a process of its own: what can be killed, stopped and continued for real. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { isJsonObject } from '../../src/domain/json.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** The program, once it is built. */
export const entry = join(root, 'dist/src/main.js');

/** Brings `dist` up to date, or says why that cannot be done: a test of yesterday's program would prove nothing. */
export function ensureBuilt(): void {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`dist/src/main.js is missing or older than the sources: ${built.stderr}`);
}

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tidemark-process-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

export interface ServeOptions {
  /** As the environment has them; without `LOG_URL` the log is embedded in the folder. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A reply, or that the connection was cut before there was one: then nobody knows what the server did. */
export type Heard =
  | { readonly kind: 'reply'; readonly status: number; readonly text: string; readonly body: JsonObject }
  | { readonly kind: 'cut' };

/** What clients and checks need of a server, or of several that are one to them. */
export type Served = Pick<Server, 'ask' | 'ok' | 'ready'>;

const running = new Set<ChildProcess>();

/** For `afterEach`: ends what a failed test has left running. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class Server {
  readonly exited: Promise<Exit>;
  /** The address, or the exit of a server that never listened. */
  readonly opened: Promise<string | Exit>;
  readonly #child: ChildProcess;
  #out = '';
  #err = '';

  constructor(folder: string, { settings = {} }: ServeOptions = {}) {
    // A log that is not in a folder is named by its setting.
    const log = settings.LOG_URL === undefined ? ['--log', `file:${folder}`] : [];
    const args = [entry, 'serve', '--port', '0', ...log, '--json'];
    const { PATH = '' } = process.env;
    // An environment of its own: what is set on the machine of whoever runs the tests does not count.
    const env = { PATH, LOG_LEVEL: 'silent', ...settings };
    this.#child = spawn(process.execPath, args, { env, cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.#child);
    this.#child.stderr?.on('data', (bytes) => {
      this.#err += String(bytes);
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        running.delete(this.#child);
        resolve({ code, signal, err: this.#err });
      });
    });
    this.opened = Promise.race([this.#listening(), this.exited]);
  }

  /** A server that answers; the test fails when it does not come up. */
  static async start(folder: string, options: ServeOptions = {}): Promise<Server> {
    const server = new Server(folder, options);
    const opened = await server.opened;
    if (typeof opened !== 'string') expect.fail(`the server did not start: ${JSON.stringify(opened)}`);
    return server;
  }

  #listening(): Promise<string> {
    return new Promise((resolve) => {
      this.#child.stdout?.on('data', (bytes) => {
        this.#out += String(bytes);
        const url = /"url":"(http:[^"]+)"/.exec(this.#out)?.[1];
        if (url !== undefined) resolve(url);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Whether the kernel lets it run no more, though it lives. */
  get isStopped(): boolean {
    const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', String(this.pid)], { encoding: 'utf8' });
    return stdout.trim().startsWith('T');
  }

  /** What it has said so far beside its answers. */
  get told(): string {
    return this.#err;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  /** A body is posted; `key` is of the caller, where the server wants to know who it is. */
  async ask(path: string, body?: unknown, key?: string): Promise<Heard> {
    const url = await this.opened;
    if (typeof url !== 'string') return { kind: 'cut' };
    const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    try {
      const response = await fetch(`${url}${path}`, { ...init, headers });
      const text = await response.text();
      const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
      return { kind: 'reply', status: response.status, text, body: isJsonObject(parsed) ? parsed : {} };
    } catch {
      return { kind: 'cut' };
    }
  }

  /** The body of a reply of status 200, or the test fails showing what came instead. */
  async ok(path: string, body?: unknown, key?: string): Promise<JsonObject> {
    const heard = await this.ask(path, body, key);
    if (heard.kind === 'cut') expect.fail(`${path}: the connection was cut; ${this.#err}`);
    expect(`${heard.status} ${heard.status === 200 ? '' : heard.text}`, path).toBe('200 ');
    return heard.body;
  }

  /** Waits until everything in the log is applied, and known to the journal. */
  async ready(key?: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const { partitions } = await this.ok('/v1/positions', undefined, key);
        expect((partitions as JsonObject[]).filter((one) => !isCaughtUp(one))).toEqual([]);
        expect(await this.ask('/readyz')).toMatchObject({ status: 200 });
      },
      { timeout: 60_000, interval: 20 },
    );
  }

  /** Ends in order. */
  async stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }
}

function isCaughtUp({ lagRecords, lagSeconds }: JsonObject): boolean {
  return lagRecords === '0' && lagSeconds !== null;
}
