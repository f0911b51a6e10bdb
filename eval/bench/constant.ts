/** Starts the baseline of reads over HTTP. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const server = fileURLToPath(new URL('constant-server.js', import.meta.url));

export interface Constant {
  readonly url: string;
  /** Processor time it has used so far, microseconds. */
  cpuUs(): Promise<number>;
  close(): void;
}

export async function serveConstant(body: string): Promise<Constant> {
  const child = fork(server);
  const ask = async (question: object): Promise<unknown> => {
    child.send(question);
    const [answer] = await once(child, 'message');
    return answer;
  };
  const url = String(await ask({ serve: body }));
  return { url, cpuUs: async () => Number(await ask({})), close: () => child.disconnect() };
}
