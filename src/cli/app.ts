/** The HTTP API over a service, as the configuration wants its callers checked. */
import { type App, createApp } from '../api/app.js';
import { type Authenticator, assertBindAllowed, loadKeys, noAuthentication } from '../api/auth.js';
import type { Instance } from '../api/instance.js';
import type { Config } from '../config.js';
import { mcpMount } from '../mcp/http.js';
import { noPrompts } from '../mcp/prompts.js';
import type { Logger } from '../observability/logger.js';
import type { Service } from '../pipeline.js';

export interface AppSurroundings {
  readonly logger: Logger;
  /** Aborts when the service begins to stop. */
  readonly stopping: AbortSignal;
  readonly version: string;
  readonly instance: Instance;
}

export function appOf(service: Service, auth: Authenticator, around: AppSurroundings): Pick<App, 'fetch' | 'direct'> {
  const mounts = [mcpMount({ version: around.version, prompts: noPrompts })];
  return createApp(service, { auth, ...around, mounts });
}

/** Throws `config_invalid` for a key file that cannot be used. */
export function authenticatorOf({ AUTH, TENANT, HOST }: Config): Authenticator {
  const auth = AUTH === 'none' ? noAuthentication(TENANT) : loadKeys(AUTH.slice('keys:'.length));
  assertBindAllowed(auth, HOST);
  return auth;
}
