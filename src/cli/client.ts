/** How commands reach the service: always through its HTTP API, over the network or in this process. */

import type { JsonObject } from '../domain/canonical.js';
import { isJsonObject } from '../domain/json.js';
import { TidemarkError } from '../errors.js';

/** Sends a request; `fetch` to a server, or the app's own when the service runs in this process. */
export type Transport = (request: Request) => Promise<Response>;

export interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

/** A reply that is a problem (RFC 9457) and that the command did not expect. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: JsonObject;
  readonly status: number;

  constructor(status: number, problem: JsonObject) {
    super(typeof problem.detail === 'string' ? problem.detail : `HTTP ${status}`);
    this.problem = problem;
    this.status = status;
  }
}

export class ApiClient {
  readonly #base: string;
  readonly #key: string | undefined;
  readonly #transport: Transport;

  constructor(base: string, key: string | undefined, transport: Transport) {
    this.#base = base.replace(/\/+$/, '');
    this.#key = key;
    this.#transport = transport;
  }

  /** Where it sends to, for messages to people. */
  get base(): string {
    return this.#base;
  }

  get(path: string): Promise<Reply> {
    return this.#send('GET', path, undefined);
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.#send('POST', path, JSON.stringify(body));
  }

  /** The body is JSON text already. */
  postText(path: string, text: string): Promise<Reply> {
    return this.#send('POST', path, text);
  }

  /** Like `get`, with a reply of 400 or more thrown as `ProblemError`. */
  async read(path: string): Promise<JsonObject> {
    return orThrow(await this.get(path));
  }

  async write(path: string, body: unknown): Promise<JsonObject> {
    return orThrow(await this.post(path, body));
  }

  async #send(method: string, path: string, body: string | undefined): Promise<Reply> {
    const headers = new Headers({ accept: 'application/json' });
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (this.#key !== undefined) headers.set('authorization', `Bearer ${this.#key}`);
    const request = new Request(this.#base + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const response = await this.#transport(request).catch((cause: unknown) => {
      throw notReached(this.#base, cause);
    });
    return { status: response.status, body: await jsonOf(response, this.#base) };
  }
}

export function orThrow(reply: Reply): JsonObject {
  if (reply.status >= 400) throw new ProblemError(reply.status, reply.body);
  return reply.body;
}

async function jsonOf(response: Response, base: string): Promise<JsonObject> {
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Not JSON: told below, with the address, since it is probably another service.
  }
  throw notReached(base, undefined);
}

function notReached(base: string, cause: unknown): TidemarkError {
  return new TidemarkError({
    code: 'unreachable',
    message: `no Tidemark service answers at ${base}`,
    advice: 'Start one with `tidemark serve`, or correct TIDEMARK_URL or --url.',
    retriable: true,
    cause,
  });
}
