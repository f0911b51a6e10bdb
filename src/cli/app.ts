/** The HTTP API over a service, as the configuration wants its callers checked. */
import { type App, createApp } from '../api/app.js';
import { type Authenticator, assertBindAllowed, loadKeys, noAuthentication } from '../api/auth.js';
import type { Instance } from '../api/instance.js';
import type { Config } from '../config.js';
import { mcpMount } from '../mcp/http.js';
import { promptSource } from '../mcp/prompt-source.js';
import type { Logger } from '../observability/logger.js';
import type { Service } from '../pipeline.js';
import { listingsOf } from '../prompts/listing.js';

export interface AppSurroundings {
  readonly logger: Logger;
  /** Aborts when the service begins to stop. */
  readonly stopping: AbortSignal;
  readonly version: string;
  readonly instance: Instance;
}

export function appOf(
  service: Service,
  auth: Authenticator,
  around: AppSurroundings,
): Pick<App, 'fetch' | 'direct' | 'ask'> {
  const mounts = [mcpMount({ version: around.version, prompts: promptSource(listingsOf(service.replay.prompts)) })];
  return createApp(service, { auth, ...around, mounts });
}

/** Throws `config_invalid` for a key file that cannot be used. */
export function authenticatorOf({ AUTH, TENANT, HOST }: Config): Authenticator {
  const auth = AUTH === 'none' ? noAuthentication(TENANT) : loadKeys(AUTH.slice('keys:'.length));
  assertBindAllowed(auth, HOST);
  return auth;
}
