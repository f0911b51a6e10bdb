/** Loopback ports for servers. */
import { createServer } from 'node:net';

export const loopback = '127.0.0.1';

/** Below the range from which systems take the ports of outgoing connections, so that none of those occupies it between now and its use. */
const RANGE_FIRST = 20_000;
const RANGE_COUNT = 12_000;
const TRIES_MAX = 200;

/** So many different ports on which nobody listens now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > TRIES_MAX + count) throw new Error('no free port on the loopback interface');
    const port = RANGE_FIRST + Math.floor(Math.random() * RANGE_COUNT);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
