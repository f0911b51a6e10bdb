/** `tidemark mcp`: the Model Context Protocol over standard input and output, for a host that starts it. */
import type { Command } from 'commander';
import { noAuthentication } from '../../api/auth.js';
import type { Config } from '../../config.js';
import { TidemarkError } from '../../errors.js';
import { Asking } from '../../mcp/asking.js';
import { askedPrompts } from '../../mcp/prompt-source.js';
import { askOverNetwork } from '../../mcp/remote.js';
import { serveOverPipe } from '../../mcp/stdio.js';
import { createLogger, type Logger } from '../../observability/logger.js';
import { appOf } from '../app.js';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, serviceFlags } from '../command.js';
import { serverUrl } from '../connect.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { openHost } from '../host.js';
import { interrupted } from '../interrupt.js';

export function mcpCommand(cli: Cli): Command {
  return serviceCommand('mcp', 'Speak the Model Context Protocol over standard input and output', [
    'tidemark mcp',
    'TIDEMARK_KEY=tm_... tidemark mcp --url https://tidemark.example',
  ]).action(answering(cli, mcp));
}

/** Whom the agent's questions go to. */
interface Asked {
  readonly asking: Asking;
  /** Rejects when it cannot go on. */
  readonly running: Promise<void>;
  close(): Promise<void>;
}

async function mcp(cli: Cli, options: ServiceOptions): Promise<ExitCode> {
  const config = cli.config(serviceFlags(options));
  const interrupt = cli.interrupt();
  const logger = createLogger({ level: config.LOG_LEVEL });
  try {
    const url = await serverUrl(config, cli.composition);
    const asked =
      url === null ? await here(cli, { config, logger, signal: interrupt.signal }) : overNetwork(url, config);
    try {
      const { version } = cli.composition;
      const unknown = (code: string) =>
        logger.warn({ code }, 'mcp: the prompts could not be listed: none are offered until they can be');
      const parts = { version, prompts: askedPrompts(asked.asking, unknown) };
      const tell = (error: Error) => logger.debug({ error: error.name }, 'mcp: a message was not served');
      const served = serveOverPipe(parts, asked.asking, cli.pipe, tell);
      await Promise.race([served.closed, interrupted(interrupt.signal), asked.running]);
      await served.close();
    } finally {
      await asked.close();
    }
    return exitCodes.ok;
  } catch (error) {
    // Told to stop while it waited for its log, it has done what it was told.
    if (interrupt.signal.aborted && error instanceof TidemarkError && error.code === 'stopping') return exitCodes.ok;
    throw error;
  } finally {
    interrupt.release();
  }
}

function overNetwork(url: string, config: Config): Asked {
  const asking = new Asking(askOverNetwork(url, config.TIDEMARK_KEY), {});
  return { asking, running: new Promise(() => {}), close: async () => {} };
}

interface Opening {
  readonly config: Config;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * The service of the configuration in this process, like `tidemark serve` without listening. Nobody but the host reaches it, so it is
 * asked as the tenant's operator, whatever AUTH says about the network. Questions are answered while it still reads its log: they say so.
 */
async function here(cli: Cli, { config, logger, signal }: Opening): Promise<Asked> {
  const host = await openHost(config, cli.composition, logger, signal);
  const stopping = new AbortController();
  const { version } = cli.composition;
  const around = { logger, stopping: stopping.signal, version, instance: host.instance };
  const app = appOf(host.service, noAuthentication(config.TENANT), around);
  const close = async () => {
    stopping.abort();
    await host.close();
  };
  return { asking: new Asking(app.ask, {}), running: host.running, close };
}
