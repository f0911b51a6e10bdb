/** The HTTP API as one object that answers requests; it listens to nothing. */
import { type Context, Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import { limits } from '../limits.js';
import type { Logger } from '../observability/logger.js';
import { Metrics } from '../observability/metrics.js';
import { type Ask, askInProcess, noSuchAddress } from './ask.js';
import type { Authenticator } from './auth.js';
import type { ApiContext } from './context.js';
import { type Direct, directOf } from './direct.js';
import { documented, endpoints } from './endpoints.js';
import { exchange, respond } from './exchange.js';
import { FirstFollow, type Instance, serves, soleInstance } from './instance.js';
import type { Mount, Mounted } from './mount.js';
import { openApiText } from './openapi.js';
import { type Problem, problem } from './problems.js';
import { requestOf } from './request.js';
import { readingOf } from './routes/metrics.js';
import { send } from './send.js';
import type { ApiService } from './service.js';
import { StreamSlots } from './stream-slots.js';

export interface AppOptions {
  readonly auth: Authenticator;
  readonly logger: Logger;
  /** Of the package. */
  readonly version: string;
  /** Aborts when the service begins to stop; none for an application that lives as long as its process. */
  readonly stopping?: AbortSignal;
  /** Absent: there is no other. */
  readonly instance?: Instance;
  /** What else is served beside the API; absent: nothing. */
  readonly mounts?: readonly Mount[];
}

/** Answers requests of any runtime; Node's server asks `direct` first. `ask` is for whoever is in this process. */
export type App = Hono & { readonly direct: Direct; readonly ask: Ask };

export function createApp(service: ApiService, options: AppOptions): App {
  const { auth, logger, version, instance = soleInstance } = options;
  const served = endpoints.filter(({ path }) => serves(instance, path));
  const metrics = new Metrics(version);
  const streams = new StreamSlots(limits.changeStreamsMax);
  let openApi: string | undefined;
  const context: ApiContext = {
    service,
    auth,
    logger,
    metrics,
    version,
    streams,
    instance,
    firstFollow: new FirstFollow(service),
    stopping: options.stopping ?? new AbortController().signal,
    openApi: () => {
      openApi ??= openApiText(documented, version);
      return openApi;
    },
  };
  metrics.readFrom(() => readingOf(service, streams, instance));
  const app = new Hono();
  for (const endpoint of served) {
    app.on(endpoint.method, routingPath(endpoint.path), async (c) =>
      send(c, await exchange(context, requestOf(c.req), endpoint)),
    );
  }
  const ask = askInProcess(context, served);
  const mounts = new Map<string, Mounted>();
  for (const { path, open } of options.mounts ?? []) {
    if (!serves(instance, path)) continue;
    const mounted = open({ context, ask });
    mounts.set(path, mounted);
    const route = { route: path, quiet: false, answer: mounted.answer };
    app.all(path, async (c) => send(c, await respond(context, requestOf(c.req), route)));
  }
  const methods = methodsByPath();
  app.notFound((c) =>
    notFound(
      context,
      c,
      methods.match('ALL', c.req.path)[0].flatMap(([found]) => found),
    ),
  );
  return Object.assign(app, { direct: directOf(context, served, mounts), ask });
}

function routingPath(path: string): string {
  return path.replaceAll(/\{(.+?)\}/g, ':$1');
}

/** Which methods each address has, to tell a wrong method from a wrong address. */
function methodsByPath(): TrieRouter<readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { method, path } of endpoints) {
    const methods = method === 'get' ? ['GET', 'HEAD'] : ['POST'];
    found.set(path, [...(found.get(path) ?? []), ...methods]);
  }
  const router = new TrieRouter<readonly string[]>();
  for (const [path, methods] of found) router.add('ALL', routingPath(path), methods);
  return router;
}

async function notFound(context: ApiContext, c: Context, methods: readonly string[]): Promise<Response> {
  const { role } = context.instance;
  const answer = async (): Promise<Problem> => {
    if (role === 'materializer') {
      const advice = 'Ask an instance with ROLE=all or ROLE=api.';
      const message = 'this instance answers no questions (ROLE=materializer)';
      return problem({ code: 'route_not_found', message, advice, retriable: false, facts: { role } });
    }
    if (methods.length === 0) return noSuchAddress();
    return problem({
      code: 'method_not_allowed',
      message: 'the address has no such method',
      advice: 'Use one of the methods named.',
      retriable: false,
      facts: { methods },
      headers: { allow: methods.join(', ') },
    });
  };
  return send(c, await respond(context, requestOf(c.req), { route: 'unmatched', quiet: false, answer }));
}
