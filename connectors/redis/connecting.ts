/** A first connection, in time: a port that takes connections may belong to anything, or to a Redis that hangs or loads what it had. */
import type { Redis } from 'ioredis';
import { limits } from '../../src/limits.js';
import { noAnswer, openError, unheard } from './errors.js';

/** Rejects with `unreachable`, `config_invalid`, or `state_unavailable` where Redis answers and is not ready; then it is disconnected. */
export async function connected(client: Redis): Promise<void> {
  let seen: unknown;
  let timer: NodeJS.Timeout | undefined;
  const noting = (error: unknown) => {
    seen ??= error;
  };
  client.on('error', noting);
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const hasAnswered = (client.stream?.bytesRead ?? 0) > 0;
      reject(hasAnswered ? noAnswer('timeout') : unheard());
    }, limits.stateConnectMs);
  });
  try {
    await Promise.race([connectAndSelect(client), late]);
  } catch (error) {
    client.disconnect();
    throw openError(seen ?? error);
  } finally {
    clearTimeout(timer);
  }
}

/** The client chooses its database without waiting for the answer, and stays in the first one where there is no other. */
async function connectAndSelect(client: Redis): Promise<void> {
  await client.connect();
  const { db = 0 } = client.options;
  if (db !== 0) await client.select(db);
}
