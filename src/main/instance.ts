/** What an instance is called. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Instance } from '../api/instance.js';
import type { Config } from '../config.js';
import type { Ownership } from '../materializer/ownership.js';

/** Named by its machine, and told apart from others there and from the one before it. */
export function instanceOf({ ROLE }: Pick<Config, 'ROLE'>, ownership: Ownership | undefined): Instance {
  const id = `${hostname()}-${randomBytes(3).toString('hex')}`;
  return { role: ROLE, id, owns: (partition) => ownership?.owns(partition) ?? true };
}
