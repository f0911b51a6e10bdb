/**
 * How a command finds the service: the server named, else the one that holds the log, else the service opened in this process. The
 * log folder is never written to beside a running server: its lock sees to that.
 */

import { noAuthentication } from '../api/auth.js';
import type { Config } from '../config.js';
import { TidemarkError } from '../errors.js';
import { createLogger } from '../observability/logger.js';
import { appOf } from './app.js';
import type { Connection, LogUse } from './cli.js';
import { ApiClient } from './client.js';
import type { Composition, LogInspection } from './composition.js';
import { openHost } from './host.js';

export async function connect(config: Config, composition: Composition, use: LogUse): Promise<Connection> {
  const url = await serverUrl(config, composition);
  if (url === null) {
    const inspection = await composition.inspectLog(config);
    if (!inspection.exists && use === 'existing') throw noLog(inspection);
    return openHere(config, composition);
  }
  return { client: overNetwork(url, config), close: async () => {} };
}

/** The server to ask; null when none is named and none holds the log. */
export async function serverUrl(config: Config, composition: Composition): Promise<string | null> {
  if (config.TIDEMARK_URL !== undefined) return config.TIDEMARK_URL;
  const inspection = await composition.inspectLog(config);
  const holder = await inspection.holder();
  return holder?.alive === true ? holder.url : null;
}

export function overNetwork(url: string, config: Config): ApiClient {
  return new ApiClient(url, config.TIDEMARK_KEY, (request) => fetch(request));
}

const beginnings = {
  log: 'Set TIDEMARK_URL or --url to a server, LOG_URL to a log, or begin with `tidemark load` or `tidemark demo`.',
  journal: 'Set TIDEMARK_URL or --url to a server, or begin with `tidemark serve`: it copies what the topics have.',
} as const;

function noLog({ kind, folder }: LogInspection): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `no server is named, and there is no ${kind} in ${folder}`,
    advice: beginnings[kind],
    retriable: false,
  });
}

/** Nobody but this process reaches the app, so it is asked as the tenant's operator, whatever AUTH says about the network. */
export async function openHere(config: Config, composition: Composition): Promise<Connection> {
  const logger = createLogger({ level: config.LOG_LEVEL === 'debug' ? 'debug' : 'error' });
  const host = await openHost(config, composition, logger);
  const stopping = new AbortController();
  const app = appOf(host.service, noAuthentication(config.TENANT), {
    logger,
    stopping: stopping.signal,
    version: composition.version,
    instance: host.instance,
  });
  const close = async (): Promise<void> => {
    stopping.abort();
    await host.close();
  };
  try {
    await Promise.race([host.caughtUp, host.running]);
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  return { client: new ApiClient('http://localhost', undefined, async (request) => app.fetch(request)), close };
}
