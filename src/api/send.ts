/**
 * The last step of an exchange. Under Node's server a reply that is at hand as a whole is written to the connection as head and body
 * in one: a `Response` would be taken apart again into a stream, at several times the cost of the snapshot inside it. Elsewhere (tests,
 * other runtimes), for streams, and for HEAD, whose body the framework leaves out, a `Response` is made.
 */
import { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Sent } from './exchange.js';

export function send(c: Context, { status, headers, body }: Sent): Response {
  const outgoing = outgoingOf(c);
  if (outgoing === undefined || !isWhole(body) || c.req.method === 'HEAD') {
    return new Response(body, { status, headers });
  }
  write(outgoing, { status, headers, body });
  return RESPONSE_ALREADY_SENT;
}

type Whole = string | Uint8Array<ArrayBuffer>;

export function isWhole(body: Sent['body']): body is Whole {
  return typeof body === 'string' || body instanceof Uint8Array;
}

export function write(outgoing: ServerResponse, { status, headers, body }: Sent & { readonly body: Whole }): void {
  const bytes = Buffer.byteLength(body);
  outgoing.writeHead(status, { ...headers, 'content-length': bytes });
  // Text of ASCII only is the same bytes in both encodings, and in this one they are copied as they are.
  if (typeof body === 'string' && bytes === body.length) outgoing.end(body, 'latin1');
  else outgoing.end(body);
}

/** The connection's writing half, where Node's server handed it over. */
function outgoingOf({ env }: Context): ServerResponse | undefined {
  const handed: unknown = env;
  if (typeof handed !== 'object' || handed === null || !('outgoing' in handed)) return undefined;
  return handed.outgoing instanceof ServerResponse ? handed.outgoing : undefined;
}
