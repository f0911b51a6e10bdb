/** A Chromium that this process starts and speaks to by the DevTools protocol over pipes: JSON messages that end in a null character. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { invariant } from '../../../src/errors.js';

export type Facts = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Facts;
  readonly result?: Facts;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: Facts): void;
  reject(error: Error): void;
}

/** The protocol: https://chromedevtools.github.io/devtools-protocol/ */
export class DevTools {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: ((method: string, params: Facts) => void)[] = [];
  #last = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly out: Writable,
    private readonly profile: string,
  ) {}

  static async start(program: string): Promise<DevTools> {
    const profile = await mkdtemp(join(tmpdir(), 'tidemark-chromium-'));
    // Its sandbox refuses to run as root, as containers do; it only ever opens pages of our own making.
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
    const child = spawn(program, [...flags, '--remote-debugging-pipe', `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const [, , , out, back] = child.stdio;
    invariant(out instanceof Writable && back instanceof Readable, 'the pipes that were asked for');
    const devTools = new DevTools(child, out, profile);
    child.once('error', (error) => devTools.#end(error));
    child.once('exit', () => devTools.#end(new Error('Chromium has ended')));
    devTools.#listen(back);
    return devTools;
  }

  /** Of everything that was not asked for. */
  listen(listener: (method: string, params: Facts) => void): void {
    this.#listeners.push(listener);
  }

  send(method: string, params: Facts = {}, sessionId?: string): Promise<Facts> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.out.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    const { pid } = this.child;
    if (pid !== undefined && this.child.exitCode === null && this.child.signalCode === null) {
      // The whole group: Debian's program is a script around the browser, which has processes of its own.
      process.kill(-pid, 'SIGKILL');
      await ended;
    }
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #listen(back: Readable): void {
    let rest = '';
    back.setEncoding('utf8').on('data', (chunk: string) => {
      const texts = `${rest}${chunk}`.split('\0');
      rest = texts.pop() ?? '';
      for (const text of texts) this.#take(JSON.parse(text));
    });
  }

  #take({ id, method, params, result, error }: Message): void {
    if (id === undefined) {
      for (const listener of this.#listeners) listener(method ?? '', params ?? {});
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result ?? {});
    else waiting?.reject(new Error(error.message));
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
