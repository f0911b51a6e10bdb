/** Starts the baseline of reads over HTTP. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const server = fileURLToPath(new URL('constant-server.js', import.meta.url));

export interface Constant {
  readonly url: string;
  close(): void;
}

export function serveConstant(body: string): Promise<Constant> {
  const child = fork(server);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (url) => resolve({ url: String(url), close: () => child.disconnect() }));
    child.send(body);
  });
}
