/**
 * One request, one response: who asks, may they, the answer, and everything a response carries whatever the route: its request id,
 * its trace context, its log line and its measured time. One function and no chain of middleware: it is on the path of every read.
 */
import { originOf } from '../observability/logger.js';
import type { Credential, Scope } from './auth.js';
import type { ApiContext } from './context.js';
import { type Answer, accepts, type Endpoint, type Incoming, notAcceptable } from './endpoint.js';
import { type Problem, problem, problemOf, renderProblem } from './problems.js';
import type { Reply } from './reply.js';
import type { ApiRequest } from './request.js';
import { traceOf } from './trace.js';

/** Tenant data is never stored on the way: an erased subject must not live on in a cache. */
const everywhere = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export function exchange(context: ApiContext, request: ApiRequest, endpoint: Endpoint): Promise<Sent> {
  return respond(context, request, {
    route: endpoint.path,
    quiet: endpoint.scope === null || endpoint.scope === 'metrics',
    answer: async (incoming, identified) => {
      const accept = request.header('accept');
      const mediaType = endpoint.reply.mediaType ?? 'application/json';
      if (endpoint.scope === null) return endpoint.answer(incoming, null);
      const credential = authenticate(context, incoming, endpoint.scope);
      if ('kind' in credential) return credential;
      identified(credential);
      if (!accepts(accept, mediaType)) return notAcceptable(mediaType);
      return endpoint.answer(incoming, credential);
    },
  });
}

export interface Exchange {
  /** The pattern, never the address itself: that may hold customer text. */
  readonly route: string;
  /** Probes and scrapes are logged at debug level only. */
  readonly quiet: boolean;
  answer(incoming: Incoming, identified: (credential: Credential) => void): Promise<Answer>;
}

/** What goes out. */
export type Sent = Omit<Reply, 'kind'>;

export async function respond(
  context: ApiContext,
  request: ApiRequest,
  { route, quiet, answer }: Exchange,
): Promise<Sent> {
  const { clock } = context.service.engines;
  const startedAtMs = clock.monotonicMs();
  const trace = traceOf(request);
  let credential: Credential | undefined;
  let answered: Answer;
  try {
    answered = await answer({ request, context, trace }, (found) => {
      credential = found;
    });
  } catch (error) {
    answered = problemOf(error);
    if (answered.code === 'internal') {
      context.logger.error({ requestId: trace.requestId, route, ...originOf(error) }, 'unexpected error');
    }
  }
  const { status, headers, body } = answered.kind === 'problem' ? renderProblem(answered, trace.requestId) : answered;
  const ms = clock.monotonicMs() - startedAtMs;
  const method = request.method;
  context.metrics.request({ route, method, status }, ms / 1_000);
  const level = levelOf(status, quiet);
  // A line is put together only where somebody reads it.
  if (context.logger.isLevelEnabled(level)) {
    const line = {
      requestId: trace.requestId,
      ...(trace.traceparent === null ? {} : { traceId: trace.traceparent.slice(3, 35) }),
      method,
      route,
      status,
      ms: Math.round(ms * 1_000) / 1_000,
      ...(credential === undefined ? {} : { credential: credential.id }),
      ...(answered.kind === 'problem' ? { code: answered.code } : {}),
    };
    context.logger[level](line, 'request');
  }
  const own = {
    ...everywhere,
    'x-request-id': trace.requestId,
    ...(trace.traceparent === null ? {} : { traceparent: trace.traceparent }),
    ...(trace.tracestate === null ? {} : { tracestate: trace.tracestate }),
  };
  return { status, headers: { ...own, ...headers }, body };
}

function levelOf(status: number, quiet: boolean): 'error' | 'info' | 'debug' {
  if (status === 500) return 'error';
  return quiet && status < 400 ? 'debug' : 'info';
}

/** Whoever it is; what that allows is each address's to say. Throws what an authenticator throws. */
export function identify(context: ApiContext, { request }: Incoming): Credential | Problem {
  const authorization = request.header('authorization');
  const credential = context.auth.authenticate({ authorization, host: request.header('host') });
  if (credential !== undefined) return credential;
  const error = authorization === undefined ? '' : ', error="invalid_token"';
  return problem({
    code: 'unauthenticated',
    message: authorization === undefined ? 'the request carries no credential' : 'the credential is not valid',
    advice: 'Send "Authorization: Bearer <key>" with a key of this service.',
    retriable: false,
    headers: { 'www-authenticate': `Bearer realm="tidemark"${error}` },
  });
}

function authenticate(context: ApiContext, incoming: Incoming, scope: Scope): Credential | Problem {
  const credential = identify(context, incoming);
  return 'kind' in credential || credential.scopes.includes(scope) ? credential : lacksScope(scope);
}

export function lacksScope(scope: Scope): Problem {
  return problem({
    code: 'forbidden',
    message: 'the credential lacks the scope that this takes',
    advice: 'Use a key that has the scope named.',
    retriable: false,
    facts: { scope },
    headers: { 'www-authenticate': `Bearer realm="tidemark", error="insufficient_scope", scope="${scope}"` },
  });
}
