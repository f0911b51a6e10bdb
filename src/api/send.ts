/**
 * The last step of an exchange. Under Node's server a reply that is at hand as a whole is written to the connection as head and body
 * in one: a `Response` would be taken apart again into a stream, at several times the cost of the snapshot inside it. Elsewhere (tests,
 * other runtimes), for streams, and for HEAD, whose body the framework leaves out, a `Response` is made.
 */
import { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Reply } from './reply.js';

export function send(c: Context, { status, headers, body }: Omit<Reply, 'kind'>): Response {
  const outgoing = outgoingOf(c);
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  if (outgoing === undefined || !isWhole || c.req.method === 'HEAD') return new Response(body, { status, headers });
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
  return RESPONSE_ALREADY_SENT;
}

/** The connection's writing half, where Node's server handed it over. */
function outgoingOf({ env }: Context): ServerResponse | undefined {
  const handed: unknown = env;
  if (typeof handed !== 'object' || handed === null || !('outgoing' in handed)) return undefined;
  return handed.outgoing instanceof ServerResponse ? handed.outgoing : undefined;
}
