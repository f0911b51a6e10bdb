/**
 * Streamable HTTP at `/mcp`, in the application of the API: Host and Origin first, then who asks, then a body read as every body of
 * the API is. What remains is the protocol's, and the library's.
 */
import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server';
import { hostname, isLoopback } from '../api/auth.js';
import { readBody } from '../api/body.js';
import type { Answer, Incoming } from '../api/endpoint.js';
import { identify } from '../api/exchange.js';
import type { Mount, Mounted, MountParts } from '../api/mount.js';
import { type Problem, problem, problemTypes } from '../api/problems.js';
import type { Reply } from '../api/reply.js';
import type { ApiRequest } from '../api/request.js';
import type { JsonValue } from '../domain/canonical.js';
import { limits } from '../limits.js';
import { originOf } from '../observability/logger.js';
import { Asking, type CallerHeaders } from './asking.js';
import { announcesCall, plainCall } from './plain-call.js';
import { resultText } from './results.js';
import { type McpParts, mcpServer, serverInfo } from './server.js';

export function mcpMount(parts: McpParts): Mount {
  return { path: '/mcp', open: (mounted) => open(parts, mounted) };
}

function open(parts: McpParts, { context, ask }: MountParts): Mounted {
  const library = new Library(parts, { context, ask });
  const server = serverInfo(parts.version);
  const faultOfPlace = placeJudge(context.auth.mode);
  const answer = async (incoming: Incoming): Promise<Answer> => {
    const { request } = incoming;
    const fault = faultOfPlace(request);
    if (fault !== undefined) return rpcError(403, { code: REFUSED, message: fault });
    const credential = identify(context, incoming);
    if ('kind' in credential) return credential;
    if (request.method !== 'POST') return library.answer(incoming);
    const body = await readBody(request, ['application/json']);
    if (body.kind === 'problem') return rpcProblem(body);
    if (body.value === undefined) return rpcError(400, { code: UNREADABLE, message: 'the body is empty' });
    const plain = plainCall((name) => request.header(name), body.value);
    if (plain === undefined) return library.answer(incoming, body.value);
    const headers = { ...callerHeaders((name) => request.header(name)), [REQUEST_ID]: incoming.trace.requestId };
    const asking = new Asking(ask, headers);
    let result: string;
    try {
      result = resultText(await plain.tool.call(plain.given, asking), server);
    } catch (error) {
      context.logger.error({ requestId: incoming.trace.requestId, ...originOf(error) }, 'unexpected error');
      return rpcError(200, { code: INTERNAL, message: 'internal error' }, { id: plain.id });
    }
    return rpcReply(200, `{"result":${result},"jsonrpc":"2.0","id":${JSON.stringify(plain.id)}}`);
  };
  return { answer, answersWhole: announcesCall };
}

/** The protocol, as the library serves it. */
class Library {
  readonly #handler: McpHttpHandler;
  readonly #stopping: AbortSignal;
  #inFlight = 0;

  constructor(parts: McpParts, { context, ask }: MountParts) {
    const callerOf = (info: Request | undefined) => callerHeaders((name) => info?.headers.get(name) ?? undefined);
    this.#handler = createMcpHandler(({ requestInfo }) => mcpServer(parts, new Asking(ask, callerOf(requestInfo))), {
      maxRequestBodySize: limits.requestBytesMax,
      maxSubscriptions: limits.mcpSubscriptionsMax,
      onerror: (error) => context.logger.debug({ error: error.name }, 'mcp: a request was not served'),
    });
    this.#stopping = context.stopping;
    this.#stopping.addEventListener('abort', () => this.#closeWhenIdle(), { once: true });
  }

  /** `message`: the body, which has been read. */
  async answer(incoming: Incoming, message?: JsonValue): Promise<Answer> {
    if (this.#stopping.aborted) return stopping();
    this.#inFlight++;
    try {
      const read = message === undefined ? {} : { parsedBody: message };
      return await replyOf(await this.#handler.fetch(webRequest(incoming), read));
    } finally {
      this.#inFlight--;
      this.#closeWhenIdle();
    }
  }

  /** Closing ends what is in flight: only streams that are open for good are meant to end like that. */
  #closeWhenIdle(): void {
    if (this.#stopping.aborted && this.#inFlight === 0) void this.#handler.close();
  }
}

function stopping(): Problem {
  const advice = 'Ask another instance, or ask again when this one is back.';
  return problem({ code: 'stopping', message: 'the service is stopping', advice, retriable: true });
}

/**
 * A web page can point its own name at this machine (DNS rebinding): its Host gives it away where anybody is answered, and its Origin
 * everywhere. Pages of other places are not answered at all; they could not read the answer either, for it allows no other origin.
 */
function placeJudge(mode: 'none' | 'keys'): (request: ApiRequest) => string | undefined {
  // Clients say the same name again and again; judging it takes longer than reading their message.
  let allowed: string | undefined;
  return (request) => {
    const host = request.header('host');
    if (mode === 'none' && (host === undefined || host !== allowed)) {
      if (host === undefined || !isLoopback(hostname(host))) {
        return 'Host: only loopback names are answered without keys';
      }
      allowed = host;
    }
    const origin = request.header('origin');
    const isKnown = origin === undefined || isOfThisMachine(origin) || (mode === 'keys' && isOfHost(origin, host));
    return isKnown ? undefined : 'Origin: only pages of this machine, and with keys of this host, are answered';
  };
}

function isOfThisMachine(origin: string): boolean {
  const place = placeOf(origin);
  return place !== undefined && isLoopback(place.hostname);
}

/** With keys a page of the name that was called is of this service: another name that points here has no key of it. */
function isOfHost(origin: string, host: string | undefined): boolean {
  const place = placeOf(origin);
  return host !== undefined && place?.host === host.toLowerCase();
}

/** Undefined: `null`, or no origin of the web. */
function placeOf(origin: string): URL | undefined {
  const place = URL.canParse(origin) ? new URL(origin) : undefined;
  return place?.protocol === 'http:' || place?.protocol === 'https:' ? place : undefined;
}

/** Of what is asked for a request: the lines of the log are told to belong together by it. */
const REQUEST_ID = 'x-request-id';
const passedOn = ['authorization', 'host', REQUEST_ID, 'traceparent', 'tracestate', 'correlation-id'] as const;

function callerHeaders(header: (name: string) => string | undefined): CallerHeaders {
  const found: Record<string, string> = {};
  for (const name of passedOn) {
    const value = header(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Without its body, which has been read. Whether somebody still listens matters only to what is answered bit by bit. */
function webRequest({ request, trace }: Incoming): Request {
  const { method } = request;
  const signal = announcesCall((name) => request.header(name)) ? {} : { signal: request.signal };
  return new Request('http://localhost/mcp', {
    method,
    headers: { ...request.headers(), [REQUEST_ID]: trace.requestId },
    ...signal,
  });
}

async function replyOf(response: Response): Promise<Reply> {
  const headers = Object.fromEntries(response.headers);
  const isStream = (headers['content-type'] ?? '').startsWith('text/event-stream');
  const body = isStream ? response.body : await response.text();
  return { kind: 'reply', status: response.status, headers, body: body === '' ? null : body };
}

/** JSON-RPC 2.0 section 5.1; the other is what the library answers with for what it turns away itself. */
const UNREADABLE = -32_700;
const REFUSED = -32_000;
const INTERNAL = -32_603;

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

interface RpcTo {
  /** Of the request that is answered; null: it could not be read. */
  readonly id?: string | number | null;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

function rpcError(status: number, error: RpcError, { id = null, headers = {} }: RpcTo = {}): Reply {
  return rpcReply(status, JSON.stringify({ jsonrpc: '2.0', error, id }), headers);
}

function rpcReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { kind: 'reply', status, headers: { 'content-type': 'application/json', ...headers }, body };
}

function rpcProblem({ code, message, advice, headers }: Problem): Reply {
  const rpc = code === 'request_malformed' ? UNREADABLE : REFUSED;
  return rpcError(problemTypes[code].status, { code: rpc, message, data: { code, advice } }, { headers });
}
