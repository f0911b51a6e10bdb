/** `tidemark serve`: the service, until it is told to stop. */
import type { Command } from 'commander';
import type { Authenticator } from '../../api/auth.js';
import type { Config } from '../../config.js';
import { TidemarkError } from '../../errors.js';
import { createLogger, type Logger, originOf } from '../../observability/logger.js';
import { appOf, authenticatorOf } from '../app.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { type Host, openHost } from '../host.js';
import { type Interrupt, interrupted } from '../interrupt.js';
import { type Listening, listen } from '../server.js';
import { type Line, line, span } from '../text/line.js';

export function serveCommand(cli: Cli): Command {
  return command('serve', 'Run the service until Ctrl-C', [
    'tidemark serve',
    'AUTH=keys:./keys.json tidemark serve --host 0.0.0.0 --port 8080',
  ])
    .option('--host <host>', 'address to listen on (HOST)')
    .option('--port <port>', 'port to listen on, 0 for any (PORT)')
    .option('--log <url>', 'the log, such as file:./data/log or kafka://localhost:9092 (LOG_URL)')
    .option('--auth <how>', 'none (loopback only) or keys:<file> (AUTH)')
    .action(answering(cli, serve));
}

interface Options extends CommonOptions {
  readonly host?: string;
  readonly port?: string;
  readonly log?: string;
  readonly auth?: string;
}

async function serve(cli: Cli, options: Options): Promise<ExitCode> {
  const { host, port, log, auth: how } = options;
  const config = cli.config({ HOST: host, PORT: port, LOG_URL: log, AUTH: how });
  // Before anything is opened: a service that must not listen where it is told to has nothing to open.
  const auth = authenticatorOf(config);
  const interrupt = cli.interrupt();
  const logger = createLogger({ level: config.LOG_LEVEL });
  try {
    const opened = await openHost(config, cli.composition, logger, interrupt.signal);
    return await serveHost(cli, { config, auth, host: opened, interrupt, logger, json: options.json === true });
  } catch (error) {
    // Told to stop while it waited for its log, it has done what it was told.
    if (interrupt.signal.aborted && error instanceof TidemarkError && error.code === 'stopping') return exitCodes.ok;
    throw error;
  } finally {
    interrupt.release();
  }
}

export interface Serving {
  readonly config: Config;
  readonly auth: Authenticator;
  readonly host: Host;
  readonly interrupt: Interrupt;
  readonly logger: Logger;
  readonly json: boolean;
}

/** Serves a host that is open, until it is interrupted or fails; closes it. `greet` is called once it listens. */
export async function serveHost(
  cli: Cli,
  serving: Serving,
  greet: (url: string) => Promise<void> = async (url) => tellAddresses(cli, serving, url),
): Promise<ExitCode> {
  const { config, auth, host, interrupt, logger } = serving;
  const stopping = new AbortController();
  let listening: Listening | undefined;
  try {
    const { version } = cli.composition;
    const app = appOf(host.service, auth, { logger, stopping: stopping.signal, version, instance: host.instance });
    listening = await listen(app, config.HOST, config.PORT);
    await host.announce(listening.url);
    await greet(listening.url);
    host.caughtUp.then(
      () => logger.info('caught up: everything in the log is applied and indexed'),
      // A store that is away for a moment while the service catches up ends nothing: it is applied on when the store is back.
      (error: unknown) => logger.warn(originOf(error), 'how far the service has caught up could not be asked'),
    );
    await Promise.race([interrupted(interrupt.signal), host.running]);
    cli.terminal.note([line(['Stopping: requests in flight are answered first; Ctrl-C again stops at once.'])]);
    return exitCodes.ok;
  } finally {
    stopping.abort();
    await listening?.drain();
    await host.close();
  }
}

function tellAddresses(cli: Cli, { json }: Serving, url: string): void {
  if (json) cli.terminal.json({ url, pid: process.pid });
  else cli.terminal.show(addresses(url));
}

function addresses(url: string): readonly Line[] {
  return [
    line([span('Tidemark', 'strong'), ` serves ${url}`]),
    line([`documentation  ${url}/docs`], 2),
    line([`ready?         ${url}/readyz`], 2),
    line([`positions      ${url}/v1/positions`], 2),
    line(['Ctrl-C stops it.'], 2),
  ];
}
