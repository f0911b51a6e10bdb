/** Starts the baseline of snapshots from Redis. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KeyedRead } from './keyed-read.js';

const server = fileURLToPath(new URL('minimal-server.js', import.meta.url));

export interface Minimal {
  readonly url: string;
  close(): void;
}

export async function serveMinimal(read: KeyedRead): Promise<Minimal> {
  const child = fork(server);
  child.send(read);
  const [url] = await once(child, 'message');
  return { url: String(url), close: () => child.disconnect() };
}
