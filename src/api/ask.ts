/**
 * Asking the API from inside the process: an address is answered by the same `exchange` as over HTTP, so credential, tenant, limits
 * and problems are the same by construction. No socket, no `Request` and no `Response` is made for it.
 */
import type { ApiContext } from './context.js';
import type { Endpoint } from './endpoint.js';
import { exchange, respond, type Sent } from './exchange.js';
import { problem } from './problems.js';
import type { ApiRequest } from './request.js';
import { isWhole } from './send.js';

export interface AskCall {
  readonly method: 'GET' | 'POST';
  /** Segments are percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface AskReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Rejects when nobody can be asked; what the API has to say against a call is a reply. */
export type Ask = (call: AskCall) => Promise<AskReply>;

/** What is answered bit by bit is not asked like this. */
export function askInProcess(context: ApiContext, endpoints: readonly Endpoint[]): Ask {
  const routes = endpoints.map((endpoint) => ({ endpoint, segments: endpoint.path.split('/') }));
  const whole = new Map(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  return async (call) => {
    const method = call.method === 'GET' ? 'get' : 'post';
    const exact = whole.get(`${method} ${call.path}`);
    if (exact !== undefined) return replyOf(await exchange(context, new AskedRequest(call, nothing), exact));
    const given = call.path.split('/');
    for (const { endpoint, segments } of routes) {
      const params = endpoint.method === method ? paramsOf(segments, given) : undefined;
      if (params !== undefined) return replyOf(await exchange(context, new AskedRequest(call, params), endpoint));
    }
    const answer = async () => noSuchAddress();
    return replyOf(
      await respond(context, new AskedRequest(call, nothing), { route: 'unmatched', quiet: false, answer }),
    );
  };
}

export function noSuchAddress() {
  const advice = '/openapi.json lists the addresses, /docs shows them.';
  return problem({ code: 'route_not_found', message: 'there is no such address', advice, retriable: false });
}

/** Undefined: another address. */
function paramsOf(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith('{') && value !== '') params[segment.slice(1, -1)] = decoded(value);
    else if (segment !== value) return undefined;
  }
  return params;
}

/** What is no percent-encoded UTF-8 stands for itself, as over HTTP. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function replyOf({ status, headers, body }: Sent): AskReply {
  if (body === null) return { status, headers, body: '' };
  if (!isWhole(body)) throw new Error('an address that answers bit by bit was asked in process');
  return { status, headers, body: typeof body === 'string' ? body : Buffer.from(body).toString('utf8') };
}

const nothing: Readonly<Record<string, string>> = {};
const jsonType = 'application/json';

class AskedRequest implements ApiRequest {
  readonly #call: AskCall;
  readonly #params: Readonly<Record<string, string>>;

  constructor(call: AskCall, params: Readonly<Record<string, string>>) {
    this.#call = call;
    this.#params = params;
  }

  get method(): string {
    return this.#call.method;
  }

  get url(): string {
    return this.#call.query === undefined ? this.#call.path : `${this.#call.path}?`;
  }

  header(name: string): string | undefined {
    if (name === 'content-type') return this.#call.body === undefined ? undefined : jsonType;
    return this.#call.headers[name];
  }

  headers(): Readonly<Record<string, string>> {
    return this.#call.body === undefined ? this.#call.headers : { ...this.#call.headers, 'content-type': jsonType };
  }

  param(): Readonly<Record<string, string>> {
    return this.#params;
  }

  queries(): Readonly<Record<string, readonly string[]>> {
    return this.#call.query ?? {};
  }

  get signal(): AbortSignal {
    return new AbortController().signal;
  }

  async bytes(bytesMax: number): Promise<Uint8Array | undefined> {
    if (this.#call.body === undefined) return new Uint8Array();
    const bytes = Buffer.from(JSON.stringify(this.#call.body));
    return bytes.length > bytesMax ? undefined : bytes;
  }
}
