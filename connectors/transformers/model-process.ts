/**
 * One process with one model, and the texts that wait for it. The process has a few texts ahead, so that it never waits for us; the
 * rest wait here, where those that somebody asks for can overtake. A process that dies takes with it what it was given, and another
 * one goes on with the rest; one that dies while it loads takes all with it, and the next is started after a pause, when something is
 * asked for. It is a process and no thread because the runtime is native code: what it does to itself, a crash or a
 * hang, must not be done to the service, and a thread inside it cannot even be ended.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { FromModel, ModelChildSettings, ToModel } from './model-messages.js';
import { modelFault, stopping } from './settings.js';
import { Call, type Job, TextQueue } from './text-queue.js';

export interface ModelProcessParts {
  /** Compiled: a process starts from JavaScript. */
  readonly file: string;
  readonly settings: ModelChildSettings;
  /** Texts given to the process at once: 1 lets each question overtake what waits, more hides the way there and back. */
  readonly givenMax: number;
  /** As nice(2) counts: 0 as everybody else, 19 only when nobody else wants the processor. */
  readonly niceness: number;
  /** Whether calls share it text by text. */
  readonly takesTurns: boolean;
  readonly textMs?: number;
  readonly restartMs?: number;
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<{ readonly dimensions: number }>;
  isReady: boolean;
}

export class ModelProcess {
  readonly #parts: ModelProcessParts;
  /** Those that somebody waits for, and the others. */
  readonly #queues: { readonly first: TextQueue; readonly later: TextQueue };
  readonly #given = new Map<number, Job>();
  #running: Running | null = null;
  /** Why it could not be loaded the last time, and until when it is not tried again. */
  #trouble: { readonly error: TidemarkError; readonly untilMs: number } | null = null;
  #number = 0;
  #watch: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: ModelProcessParts) {
    this.#parts = parts;
    const { takesTurns } = parts;
    this.#queues = { first: new TextQueue(takesTurns), later: new TextQueue(takesTurns) };
  }

  /** Texts that wait or are being embedded, and come before one that does or does not overtake. */
  ahead(overtakes: boolean): number {
    return this.#queues.first.size + this.#given.size + (overtakes ? 0 : this.#queues.later.size);
  }

  /** Loads the model, unless it is. Rejects with `config_invalid` when that cannot be, `unreachable` when the process dies at it. */
  async open(): Promise<{ readonly dimensions: number }> {
    if (this.#isClosed) throw stopping();
    this.#running ??= this.#start();
    const { child, ready } = this.#running;
    keepAlive(child, true);
    const loaded = await ready;
    this.#settle();
    return loaded;
  }

  /** All of them, in order. Rejects with the first failure of one, and then no more of them are tried. */
  embed(texts: readonly string[], overtakes: boolean): Promise<readonly Float32Array[]> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(stopping());
      if (texts.length === 0) return resolve([]);
      if (this.#running === null && this.#trouble !== null && performance.now() < this.#trouble.untilMs)
        return reject(this.#trouble.error);
      this.#queues[overtakes ? 'first' : 'later'].add(new Call(texts, { resolve, reject }));
      this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rejectWaiting(stopping());
    const running = this.#running;
    this.#running = null;
    this.#rejectGiven(stopping());
    clearTimeout(this.#watch);
    if (running !== null) await ended(running.child);
  }

  /** Null when the system gives no process. */
  #started(): Running | null {
    try {
      return this.#start();
    } catch (cause) {
      this.#notLoaded(died(cause));
      return null;
    }
  }

  #start(): Running {
    const { file, settings, niceness } = this.#parts;
    // What the runtime prints is no part of our own output, which may be a protocol.
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    const child = fork(file, [JSON.stringify(settings)], {
      execArgv: [],
      serialization: 'advanced',
      stdio: [...stdio],
    });
    const running: Running = { child, ready: readyOf(child), isReady: false };
    if (child.pid !== undefined && niceness !== 0) lowered(child.pid, niceness);
    running.ready.then(
      () => {
        running.isReady = true;
        this.#trouble = null;
        this.#pump();
      },
      (error: TidemarkError) => this.#ended(running, error),
    );
    child.on('message', (message) => this.#heard(running, message as FromModel));
    for (const event of ['error', 'exit'] as const) child.once(event, () => this.#ended(running, died()));
    return running;
  }

  #heard(running: Running, message: FromModel): void {
    if (this.#running !== running || !('number' in message)) return;
    const job = this.#given.get(message.number);
    this.#given.delete(message.number);
    if (message.kind === 'vector') job?.done(message.vector);
    else if (job !== undefined) this.#reject(job.call, failed(message.message));
    this.#watch?.refresh();
    this.#pump();
  }

  /** What it was given may be what it died of, so that is not tried again; nor is any text the reason when it could not be loaded. */
  #ended(running: Running, error: TidemarkError): void {
    if (this.#running !== running) return;
    this.#running = null;
    running.child.kill('SIGKILL');
    this.#rejectGiven(error);
    if (running.isReady) this.#pump();
    else this.#notLoaded(error);
  }

  #notLoaded(error: TidemarkError): void {
    this.#trouble = { error, untilMs: performance.now() + (this.#parts.restartMs ?? limits.embedRestartMs) };
    this.#rejectWaiting(error);
    this.#settle();
  }

  #pump(): void {
    if (this.#isClosed) return;
    if (this.ahead(false) > 0) this.#running ??= this.#started();
    const running = this.#running;
    while (running?.isReady === true && this.#given.size < this.#parts.givenMax) {
      const job = this.#queues.first.take() ?? this.#queues.later.take();
      if (job === undefined) break;
      this.#number++;
      this.#given.set(this.#number, job);
      // A channel that is closed is the end of the process, which is heard of by itself.
      running.child.send({ number: this.#number, text: job.text } satisfies ToModel, () => undefined);
    }
    this.#settle();
  }

  /** One that has work keeps the service alive and is watched; one that has none does neither. */
  #settle(): void {
    const isBusy = this.ahead(false) > 0;
    if (this.#running?.isReady === true || isBusy) keepAlive(this.#running?.child, isBusy);
    if (this.#given.size === 0) {
      clearTimeout(this.#watch);
      this.#watch = undefined;
    } else {
      this.#watch ??= setTimeout(() => this.#silent(), this.#parts.textMs ?? limits.embedTextMs).unref();
    }
  }

  #silent(): void {
    if (this.#running !== null) this.#ended(this.#running, died());
  }

  #rejectGiven(error: TidemarkError): void {
    const jobs = [...this.#given.values()];
    this.#given.clear();
    for (const { call } of jobs) this.#reject(call, error);
  }

  #reject(call: Call, error: TidemarkError): void {
    for (const queue of [this.#queues.first, this.#queues.later]) queue.drop(call);
    call.reject(error);
  }

  #rejectWaiting(error: TidemarkError): void {
    for (const queue of [this.#queues.first, this.#queues.later])
      for (const call of queue.takeAll()) call.reject(error);
  }
}

/** Rejects when the model cannot be loaded, or not in time. */
function readyOf(child: ChildProcess): Promise<{ readonly dimensions: number }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(died()), limits.embedLoadMs).unref();
    child.on('message', (message) => {
      const heard = message as FromModel;
      if (heard.kind === 'ready') resolve(heard);
      if (heard.kind === 'unloadable') reject(unloadable(heard.message));
      if (heard.kind === 'exchanged') reject(exchanged());
      if (!('number' in heard)) clearTimeout(timer);
    });
    for (const event of ['error', 'exit'] as const) child.once(event, () => reject(died()));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.ref();
    child.kill('SIGKILL');
  });
}

function keepAlive(child: ChildProcess | undefined, does: boolean): void {
  if (does) {
    child?.ref();
    child?.channel?.ref();
  } else {
    child?.unref();
    child?.channel?.unref();
  }
}

/** A system that does not let us runs it as everything else. */
function lowered(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {}
}

function unloadable(why: string): TidemarkError {
  return modelFault(
    `the model cannot be loaded: ${why.slice(0, 300)}`,
    'Check that its files are whole, and EMBEDDER_DTYPE and EMBEDDER_POOLING.',
  );
}

function exchanged(): TidemarkError {
  return modelFault(
    'the files of the model are not those that it was opened with',
    'Put them back, or start again: what lies there now is another model, with vectors of its own.',
  );
}

function died(cause?: unknown): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: 'the process that runs the model has died',
    advice: 'Try again: another one is started. If it dies again, look for its memory.',
    retriable: true,
    cause,
  });
}

function failed(why: string): TidemarkError {
  const cause = new Error(why);
  const advice = 'Report this with the model, its dtype and its pooling.';
  return new TidemarkError({
    code: 'internal',
    message: 'the model failed at a text',
    advice,
    retriable: false,
    cause,
  });
}
