/** `tidemark doctor`: what is well, what is not, and what to do about it. */
import type { Command } from 'commander';
import type { Config } from '../../config.js';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, serviceFlags } from '../command.js';
import { overNetwork, serverUrl } from '../connect.js';
import { type Check, failedBy, type Level, ok } from '../doctor/check.js';
import { checkCluster } from '../doctor/cluster.js';
import { checkLog } from '../doctor/log.js';
import { checkServer } from '../doctor/server.js';
import { checkStores } from '../doctor/stores.js';
import { checkData, checkDisk, checkNode } from '../doctor/surroundings.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { type Line, line, padded, type Style, span } from '../text/line.js';

export function doctorCommand(cli: Cli): Command {
  return serviceCommand('doctor', 'Check the installation, the log and the server: exit code 1 when something fails', [
    'tidemark doctor',
    'tidemark doctor --url http://127.0.0.1:7420 --json',
  ]).action(answering(cli, doctor));
}

async function doctor(cli: Cli, options: ServiceOptions): Promise<ExitCode> {
  const checks = [checkNode(process.versions.node), ...(await configured(cli, options)), dataCheck(cli)];
  const failed = checks.filter(({ level }) => level === 'fail').length;
  if (options.json) cli.terminal.json({ ok: failed === 0, checks });
  else cli.terminal.show(checks.flatMap(checkLines));
  return failed === 0 ? exitCodes.ok : exitCodes.failed;
}

async function configured(cli: Cli, options: ServiceOptions): Promise<readonly Check[]> {
  let config: Config;
  try {
    config = cli.config(serviceFlags(options));
  } catch (error) {
    return [failedBy('config', error)];
  }
  const inspection = await cli.composition.inspectLog(config);
  const cluster = await cli.composition.cluster(config);
  return [
    ok('config', 'read and understood'),
    ...(cluster === null ? [] : await checkCluster(cluster)),
    ...(await checkLog(inspection)),
    ...(await checkStores(cli.composition.stores?.(config) ?? [])),
    await checkDisk(inspection.folder),
    ...(await serverChecks(cli, config)),
  ];
}

async function serverChecks(cli: Cli, config: Config): Promise<readonly Check[]> {
  const url = await serverUrl(config, cli.composition).catch(() => null);
  if (url === null) return [ok('server', 'none runs on this log; commands open it themselves')];
  return checkServer(overNetwork(url, config));
}

function dataCheck(cli: Cli): Check {
  return checkData(cli.composition.dataFolder());
}

const styles: Readonly<Record<Level, Style>> = { ok: 'good', warn: 'warn', fail: 'bad' };
const LEVEL_COLUMNS = 6;
const NAME_COLUMNS = 13;

function checkLines({ name, level, found, advice }: Check): readonly Line[] {
  const indent = LEVEL_COLUMNS + NAME_COLUMNS;
  const head = line([span(padded(level, LEVEL_COLUMNS), styles[level]), padded(name, NAME_COLUMNS), found], 0, indent);
  return advice === null ? [head] : [head, line([advice], indent)];
}
