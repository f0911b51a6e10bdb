/** Sends one call of the API, again where the service says that this may help. */
import { type Operations, operations } from './api.generated.js';
import { clientLimits } from './limits.js';
import { type Pause, pauseMsAfter, pauseOfTimers } from './pause.js';
import { noSegment, problemOf, TidemarkProblem, unreachable, unreadable } from './problem.js';

/** Answers a request: the `fetch` of the runtime, or that of an application in the same process. */
export type Fetch = (request: Request) => Promise<Response> | Response;

export interface ClientOptions {
  /** Where the service is, such as `http://127.0.0.1:7420`; a path in it is kept. */
  readonly url: string;
  /** Of the key file; none where the service asks for none. */
  readonly key?: string | undefined;
  readonly fetch?: Fetch | undefined;
  /** Attempts of one call, the first one included; 1 means that nothing is sent twice, but for what must not get lost. */
  readonly attemptsMax?: number | undefined;
  /** How to wait between attempts, where the runtime's timers are not wanted. */
  readonly pause?: Pause | undefined;
}

export interface CallOptions {
  /** Ends the call, its pauses included, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Names what the call belongs to; kept beside what it leaves in the log, where a request or an event names nothing else itself. */
  readonly correlationId?: string | undefined;
  /** Tries again until the pauses add up to this, however many attempts that takes. */
  readonly patienceMs?: number | undefined;
}

export type Operation = keyof Operations;

/** What an operation is given: only those of its parts that can hold something. */
export interface CallParts {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Transport {
  readonly pause: Pause;
  readonly #base: string;
  readonly #key: string | undefined;
  readonly #fetch: Fetch;
  readonly #attemptsMax: number;

  constructor({ url, key, fetch, attemptsMax = clientLimits.attemptsMax, pause = pauseOfTimers }: ClientOptions) {
    this.#base = url.replace(/\/+$/, '');
    this.#key = key;
    // Not stored as it is: browsers refuse to run their `fetch` as a method of another object.
    this.#fetch = fetch ?? ((request) => globalThis.fetch(request));
    this.#attemptsMax = attemptsMax;
    this.pause = pause;
  }

  /** The reply of status 200; anything else is thrown as `TidemarkProblem`. */
  async call<O extends Operation>(
    operation: O,
    parts: CallParts,
    options: CallOptions = {},
  ): Promise<Operations[O]['reply']> {
    let pausedMs = 0;
    for (let attempt = 1; ; attempt++) {
      const { problem, reply, retryAfterMs } = await this.#attempt(operation, parts, options);
      if (problem === undefined) return reply as Operations[O]['reply'];
      const pauseMs = this.#pauseMs({ attempt, pausedMs, retryAfterMs }, options);
      if (!problem.retriable || pauseMs === undefined) throw problem;
      await this.pause(pauseMs, options.signal);
      pausedMs += pauseMs;
    }
  }

  /** Before the next attempt; undefined when there is none. */
  #pauseMs({ attempt, pausedMs, retryAfterMs }: Waited, { patienceMs }: CallOptions): number | undefined {
    const ownMs = pauseMsAfter(attempt);
    if (patienceMs === undefined) {
      const isLast = attempt >= this.#attemptsMax || retryAfterMs > clientLimits.pauseMsMax;
      return isLast ? undefined : Math.max(ownMs, retryAfterMs);
    }
    const pauseMs = Math.max(Math.min(ownMs, clientLimits.patientPauseMsMax), retryAfterMs);
    return pausedMs + pauseMs > patienceMs ? undefined : pauseMs;
  }

  /** One attempt, whatever it comes to, with the body unread. Throws `TidemarkProblem` when nobody answers. */
  async open(operation: Operation, parts: CallParts, options: CallOptions): Promise<Response> {
    const { signal } = options;
    signal?.throwIfAborted();
    const request = this.#requestOf(operation, parts, options);
    try {
      return await this.#fetch(request);
    } catch (cause) {
      signal?.throwIfAborted();
      throw unreachable(cause);
    }
  }

  async #attempt(operation: Operation, parts: CallParts, options: CallOptions): Promise<Attempt> {
    try {
      const response = await this.open(operation, parts, options);
      if (response.ok) return { reply: await jsonOf(response, options.signal), retryAfterMs: 0 };
      return { problem: await problemOf(response), retryAfterMs: retryAfterMsOf(response) };
    } catch (error) {
      if (error instanceof TidemarkProblem) return { problem: error, retryAfterMs: 0 };
      throw error;
    }
  }

  #requestOf(operation: Operation, parts: CallParts, { signal, correlationId }: CallOptions): Request {
    const { method, path } = operations[operation];
    const headers = new Headers({ accept: 'application/json', ...parts.headers });
    if (this.#key !== undefined) headers.set('authorization', `Bearer ${this.#key}`);
    if (correlationId !== undefined) headers.set('correlation-id', correlationId);
    const init: RequestInit = { method, headers };
    if (signal !== undefined) init.signal = signal;
    if (parts.body !== undefined) {
      headers.set('content-type', 'application/json');
      init.body = JSON.stringify(parts.body);
    }
    return new Request(`${this.#base}${pathOf(path, parts.path ?? {})}${queryOf(parts.query ?? {})}`, init);
  }
}

interface Waited {
  /** Those that failed. */
  readonly attempt: number;
  readonly pausedMs: number;
  readonly retryAfterMs: number;
}

interface Attempt {
  readonly problem?: TidemarkProblem;
  readonly reply?: unknown;
  readonly retryAfterMs: number;
}

/** A reply that breaks off is as good as none. */
async function jsonOf(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  const text = await response.text().catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw unreachable(cause);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(response.status);
  }
}

/** RFC 9110, section 10.2.3, in its form of seconds; a date is left to the client's own pauses. */
function retryAfterMsOf(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}

function pathOf(pattern: string, values: Readonly<Record<string, string | number>>): string {
  return pattern.replaceAll(/\{(.+?)\}/g, (_, name: string) => {
    const value = String(values[name] ?? '');
    if (isNoSegment(value)) throw noSegment(name);
    return encodeURIComponent(value);
  });
}

/** RFC 3986, section 5.2.4: dots lead to another address, however they are encoded. Half a character cannot be encoded. */
function isNoSegment(value: string): boolean {
  return ['', '.', '..'].includes(value) || /\p{Surrogate}/u.test(value);
}

function queryOf(values: NonNullable<CallParts['query']>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) query.append(name, String(one));
  }
  return query.size === 0 ? '' : `?${query}`;
}
