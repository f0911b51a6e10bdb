/** Listening, and ending in order: no new connections, requests in flight are answered, then the rest is cut. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { App } from '../api/app.js';
import { TidemarkError } from '../errors.js';
import { limits } from '../limits.js';

export interface Listening {
  /** Base URL, with the port that was taken when 0 was asked for. */
  readonly url: string;
  /** Resolves when every request in flight is answered, or `limits.drainMs` have passed. */
  drain(): Promise<void>;
}

export function listen(app: Pick<App, 'fetch' | 'direct'>, host: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const answer = getRequestListener(app.fetch, { hostname: host, overrideGlobalObjects: false });
    const server = createServer((incoming, outgoing) => {
      if (!app.direct(incoming, outgoing)) void answer(incoming, outgoing);
    });
    server.listen(port, host, () => {
      // A server that listens on a port has such an address; others are for pipes.
      const address = server.address() as AddressInfo;
      resolve({ url: `http://${hostInUrl(host)}:${address.port}`, drain: () => drain(server) });
    });
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
  });
}

async function drain(server: Server): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), limits.drainMs);
  // A client that asks again as soon as it has its answer would keep its connection busy until it is cut: its next answer is its last.
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const sweep = setInterval(() => server.closeIdleConnections(), limits.drainSweepMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearInterval(sweep);
  clearTimeout(late);
}

/** A server on every address is reached at this machine's own one. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): TidemarkError {
  const taken = error.code === 'EADDRINUSE';
  return new TidemarkError({
    code: 'config_invalid',
    message: taken ? `port ${port} of ${host} is in use` : `cannot listen on ${host} port ${port} (${error.code})`,
    advice: taken ? 'Stop the other server, or choose another port with --port or PORT.' : 'Correct HOST and PORT.',
    retriable: false,
    cause: error,
  });
}
