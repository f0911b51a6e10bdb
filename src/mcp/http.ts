/**
 * Streamable HTTP at `/mcp`, in the application of the API: Host and Origin first, then who asks, then a body read as every body of
 * the API is. What remains is the protocol's, and the library's.
 */
import {
  createMcpHandler,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';
import { readBody } from '../api/body.js';
import type { Answer, Incoming } from '../api/endpoint.js';
import { identify } from '../api/exchange.js';
import type { Mount, MountParts } from '../api/mount.js';
import { type Problem, problemTypes } from '../api/problems.js';
import type { Reply } from '../api/reply.js';
import type { ApiRequest } from '../api/request.js';
import { limits } from '../limits.js';
import { Asking, type CallerHeaders } from './asking.js';
import { type McpParts, mcpServer } from './server.js';

export function mcpMount(parts: McpParts): Mount {
  return { path: '/mcp', open: (mounted) => open(parts, mounted) };
}

function open(parts: McpParts, { context, ask }: MountParts) {
  const handler = createMcpHandler(
    ({ requestInfo }) => mcpServer(parts, new Asking(ask, callerHeaders(requestInfo?.headers ?? new Headers()))),
    {
      maxRequestBodySize: limits.requestBytesMax,
      maxSubscriptions: limits.mcpSubscriptionsMax,
      onerror: (error) => context.logger.debug({ error: error.name }, 'mcp: a request was not served'),
    },
  );
  context.stopping.addEventListener('abort', () => void handler.close(), { once: true });
  return async (incoming: Incoming): Promise<Answer> => {
    const { request } = incoming;
    const fault = faultOfPlace(request, context.auth.mode);
    if (fault !== undefined) return rpcError(403, { code: REFUSED, message: fault });
    const credential = identify(context, incoming);
    if ('kind' in credential) return credential;
    if (request.method !== 'POST') return replyOf(await handler.fetch(webRequest(request)));
    const body = await readBody(request, ['application/json']);
    if (body.kind === 'problem') return rpcProblem(body);
    if (body.value === undefined) return rpcError(400, { code: UNREADABLE, message: 'the body is empty' });
    return replyOf(await handler.fetch(webRequest(request), { parsedBody: body.value }));
  };
}

/**
 * A web page can point its own name at this machine (DNS rebinding): its Host gives it away where anybody is answered, and its Origin
 * everywhere. Pages of other places are not answered at all; they could not read the answer either, for it allows no other origin.
 */
function faultOfPlace(request: ApiRequest, mode: 'none' | 'keys'): string | undefined {
  const host = mode === 'none' ? validateHostHeader(request.header('host'), localhostAllowedHostnames()) : { ok: true };
  if (!host.ok) return 'Host: only loopback names are answered without keys';
  const origin = validateOriginHeader(request.header('origin'), localhostAllowedOrigins());
  return origin.ok ? undefined : 'Origin: only pages of this machine are answered';
}

const passedOn = ['authorization', 'host', 'x-request-id', 'traceparent', 'tracestate', 'correlation-id'] as const;

function callerHeaders(headers: Headers): CallerHeaders {
  const found: Record<string, string> = {};
  for (const name of passedOn) {
    const value = headers.get(name);
    if (value !== null) found[name] = value;
  }
  return found;
}

/** Without its body, which has been read. */
function webRequest(request: ApiRequest): Request {
  const { method, signal } = request;
  return new Request('http://localhost/mcp', { method, headers: request.headers(), signal });
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

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

function rpcError(status: number, error: RpcError, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = JSON.stringify({ jsonrpc: '2.0', error, id: null });
  return { kind: 'reply', status, headers: { 'content-type': 'application/json', ...headers }, body };
}

function rpcProblem({ code, message, advice, headers }: Problem): Reply {
  const rpc = code === 'request_malformed' ? UNREADABLE : REFUSED;
  return rpcError(problemTypes[code].status, { code: rpc, message, data: { code, advice } }, headers);
}
