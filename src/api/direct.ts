/**
 * The short way for what is asked most: a POST to an address without parameters or query, with a body whose length is declared and
 * legal, straight from Node's server to its endpoint. A framework's request, context and response around it would cost as much as
 * the snapshot inside. Everything else goes the framework's way; both lead through `exchange`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../limits.js';
import type { ApiContext } from './context.js';
import type { Endpoint } from './endpoint.js';
import { exchange, respond, type Sent } from './exchange.js';
import type { Mounted } from './mount.js';
import { NodeRequest } from './request.js';
import { isWhole, write } from './send.js';

/** False: it has not been touched, and is the framework's. */
export type Direct = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

const LENGTH = /^[1-9][0-9]*$/;

export function directOf(
  context: ApiContext,
  endpoints: readonly Endpoint[],
  mounts: ReadonlyMap<string, Mounted>,
): Direct {
  const byUrl = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const { method, path, params, query, body } = endpoint;
    if (method === 'post' && params === null && query === null && body !== null) byUrl.set(path, endpoint);
  }
  const answered = (url: string, request: NodeRequest): Promise<Sent> | undefined => {
    const endpoint = byUrl.get(url);
    if (endpoint !== undefined) return exchange(context, request, endpoint);
    const mounted = mounts.get(url);
    if (mounted === undefined || !mounted.answersWhole((name) => request.header(name))) return undefined;
    return respond(context, request, { route: url, quiet: false, answer: mounted.answer });
  };
  return (incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    const length = headers['content-length'] ?? '';
    if (method !== 'POST' || !LENGTH.test(length) || Number(length) > limits.requestBytesMax) return false;
    const answer = answered(url, new NodeRequest(incoming));
    if (answer === undefined) return false;
    // Whatever is thrown here was thrown by writing the answer: there is nothing left to say on this connection.
    answer.then((sent) => writeTo(outgoing, sent)).catch(() => outgoing.destroy());
    return true;
  };
}

function writeTo(outgoing: ServerResponse, { status, headers, body }: Sent): void {
  if (isWhole(body)) write(outgoing, { status, headers, body });
  // No such endpoint answers bit by bit; a connection must not hang if one came to.
  else outgoing.destroy();
}
