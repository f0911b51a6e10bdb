/** `tidemark demo`: a world of its own, a tour of it, and a server to try. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Authenticator } from '../../api/auth.js';
import { TidemarkClient } from '../../client/index.js';
import type { ConfigFlags } from '../../config.js';
import { createLogger, type Logger } from '../../observability/logger.js';
import { appOf, authenticatorOf } from '../app.js';
import type { Cli } from '../cli.js';
import { ApiClient } from '../client.js';
import { answering, type CommonOptions, command } from '../command.js';
import type { World } from '../composition.js';
import { folderInUse, freshDemoFolder } from '../demo/folder.js';
import { STRANGER, type TenantKeys, writeKeys } from '../demo/keys.js';
import { runTour } from '../demo/tour.js';
import { tryItLines } from '../demo/try-it.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { type Host, openHost } from '../host.js';
import type { Interrupt } from '../interrupt.js';
import { serveHost } from './serve.js';

export function demoCommand(cli: Cli): Command {
  const names = cli.composition.worldNames;
  const world = new Option('--world <name>', 'which world').choices([...names]).default(names[0]);
  return command('demo', 'Load a world, take a tour of it, and keep serving it', [
    'tidemark demo',
    'tidemark demo --world tau-banking --exit',
  ])
    .addOption(world)
    .option('--folder <folder>', 'where its log goes; deleted and made anew (default ./data/demo-<world>)')
    .option('--port <port>', 'port to serve on afterwards, 0 for any (PORT)')
    .option('--exit', 'end after the tour: exit code 1 when a step is not as promised')
    .action(answering(cli, demo));
}

interface Options extends CommonOptions {
  readonly world: string;
  readonly folder?: string;
  readonly port?: string;
  readonly exit?: true;
}

async function demo(cli: Cli, options: Options): Promise<ExitCode> {
  const world = cli.composition.world(options.world);
  const folder = options.folder ?? `./data/demo-${options.world}`;
  const keyFile = join(folder, 'keys.json');
  const config = cli.config({ ...ownLog(folder), AUTH: `keys:${keyFile}`, PORT: options.port });
  const holder = await (await cli.composition.inspectLog(config)).holder();
  if (holder?.alive === true) throw folderInUse(folder, holder.pid);
  await freshDemoFolder(folder);
  const keys = await writeKeys(keyFile, world.tenants);
  const interrupt = cli.interrupt();
  try {
    // The tour is for reading: only what went wrong is logged beside it.
    const logger = createLogger({ level: config.LOG_LEVEL === 'debug' ? 'debug' : 'warn' });
    const auth = authenticatorOf(config);
    const host = await openHost(config, cli.composition, logger);
    const demo = { cli, world, keys, host, auth, interrupt, logger, json: options.json === true };
    if (options.exit) return await tourOnly(demo);
    return await serveHost(cli, { ...demo, config }, async (url) => {
      await takeTour(demo);
      const lines = tryItLines(url, world, keyOf(keys, world.questions[0].tenant));
      // Standard output holds nothing but JSON, where JSON was asked for.
      if (demo.json) cli.terminal.note(lines);
      else cli.terminal.show(lines);
    });
  } finally {
    interrupt.release();
  }
}

/** A log of its own, with topics of the usual names, whatever the environment says about another. */
function ownLog(folder: string): ConfigFlags {
  return { LOG_URL: `file:${join(folder, 'log')}`, TOPICS: '', JOURNAL_URL: '', JOURNAL_FOLDER: '' };
}

interface Demo {
  readonly cli: Cli;
  readonly world: World;
  readonly keys: TenantKeys;
  readonly host: Host;
  readonly auth: Authenticator;
  readonly interrupt: Interrupt;
  readonly logger: Logger;
  readonly json: boolean;
}

async function tourOnly(demo: Demo): Promise<ExitCode> {
  try {
    return (await takeTour(demo)) ? exitCodes.ok : exitCodes.failed;
  } finally {
    await demo.host.close();
  }
}

/** Through the app itself, with the keys that `curl` would show: everything but the network is as it is for others. */
function takeTour({ cli, world, keys, host, auth, interrupt, logger, json }: Demo): Promise<boolean> {
  const { version } = cli.composition;
  const app = appOf(host.service, auth, { logger, stopping: interrupt.signal, version, instance: host.instance });
  const clientOf = (tenant: string): ApiClient =>
    new ApiClient('http://localhost', keyOf(keys, tenant), async (request) => app.fetch(request));
  const agentOf = (tenant: string): TidemarkClient =>
    new TidemarkClient({ url: 'http://localhost', key: keyOf(keys, tenant), fetch: (request) => app.fetch(request) });
  const asked = world.questions[0].tenant;
  const stranger = [...keys.keys()].find((tenant) => tenant !== asked) ?? STRANGER;
  return runTour({
    service: host.service,
    world,
    terminal: cli.terminal,
    json,
    signal: interrupt.signal,
    clientOf,
    agentOf,
    stranger,
  });
}

function keyOf(keys: TenantKeys, tenant: string): string {
  const key = keys.get(tenant);
  if (key === undefined) throw new Error('every tenant of the world has a key');
  return key;
}
