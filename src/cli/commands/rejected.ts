/** `tidemark rejected`: events that could not be folded, and what to do about them. */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import type { JsonObject } from '../../domain/canonical.js';
import { TidemarkError } from '../../errors.js';
import { limits } from '../../limits.js';
import type { Cli } from '../cli.js';
import type { ApiClient } from '../client.js';
import { answering, type ServiceOptions, serviceCommand, wholeNumber, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { textAt } from '../json-read.js';
import { type Line, line } from '../text/line.js';
import { redriveLines, rejectedLines, rejectedListLines } from '../text/rejected.js';

export function rejectedCommand(cli: Cli): Command {
  return new Command('rejected')
    .description('Rejected events: list, explain, redrive, discard')
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(redriveCommand(cli))
    .addCommand(discardCommand(cli));
}

const idHelp = 'topic:partition:offset of the rejected record';

function listCommand(cli: Cli): Command {
  const status = new Option('--status <status>', 'only these').choices(['open', 'redriven', 'discarded']);
  return serviceCommand('list', 'List them, newest first', ['tidemark rejected list --status open'])
    .addOption(status)
    .option('--after <id>', 'go on after this one')
    .option('--limit <n>', 'how many', wholeNumber(1, limits.rejectedPageMax))
    .action(answering(cli, list));
}

interface ListOptions extends ServiceOptions {
  readonly status?: string;
  readonly after?: string;
  readonly limit?: number;
}

function list(cli: Cli, options: ListOptions): Promise<ExitCode> {
  const query = new URLSearchParams();
  for (const name of ['status', 'after', 'limit'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, String(value));
  }
  return showing(cli, options, { ask: (client) => client.read(`/v1/rejected?${query}`), lines: rejectedListLines });
}

function showCommand(cli: Cli): Command {
  return serviceCommand('show', 'Explain one, with its bytes', ['tidemark rejected show support.tickets:3:8812'])
    .argument('<id>', idHelp)
    .action(
      answering(cli, (_, id: string, options: ServiceOptions) =>
        showing(cli, options, { ask: (client) => client.read(pathOf(id)), lines: rejectedLines }),
      ),
    );
}

function redriveCommand(cli: Cli): Command {
  return serviceCommand('redrive', 'Fold one again in its original place', [
    'tidemark rejected redrive support.tickets:3:8812 --dry-run',
    'tidemark rejected redrive support.tickets:3:8812 --repaired fixed.json',
  ])
    .argument('<id>', idHelp)
    .option('--dry-run', 'only tell what it would do')
    .option('--repaired <file>', 'the value to fold instead of the rejected one')
    .action(answering(cli, redrive));
}

interface RedriveOptions extends ServiceOptions {
  readonly dryRun?: true;
  readonly repaired?: string;
}

async function redrive(cli: Cli, id: string, options: RedriveOptions): Promise<ExitCode> {
  const repaired =
    options.repaired === undefined ? {} : { repaired: { base64: await repairedBytes(options.repaired) } };
  const body = { dryRun: options.dryRun === true, ...repaired };
  return showing(cli, options, { ask: (client) => client.write(`${pathOf(id)}/redrive`, body), lines: redriveLines });
}

async function repairedBytes(file: string): Promise<string> {
  try {
    return (await readFile(file)).toString('base64');
  } catch (cause) {
    throw new TidemarkError({
      code: 'config_invalid',
      message: `the file ${file} cannot be read`,
      advice: 'Name a file that holds the repaired record value.',
      retriable: false,
      cause,
    });
  }
}

function discardCommand(cli: Cli): Command {
  return serviceCommand('discard', 'Decide that one is to have no effect', [
    'tidemark rejected discard support.tickets:3:8812',
  ])
    .argument('<id>', idHelp)
    .action(
      answering(cli, (_, id: string, options: ServiceOptions) =>
        showing(cli, options, { ask: (client) => client.write(`${pathOf(id)}/discard`, {}), lines: discardLines }),
      ),
    );
}

function discardLines(discarded: JsonObject): readonly Line[] {
  return [line([`Discarded by the decision at ${textAt(discarded, 'decision')}.`])];
}

interface Showing {
  ask(client: ApiClient): Promise<JsonObject>;
  lines(answer: JsonObject): readonly Line[];
}

async function showing(cli: Cli, options: ServiceOptions, { ask, lines }: Showing): Promise<ExitCode> {
  const answer = await withService(cli, options, ask);
  if (options.json) cli.terminal.json(answer);
  else cli.terminal.show(lines(answer));
  return exitCodes.ok;
}

function pathOf(id: string): string {
  return `/v1/rejected/${encodeURIComponent(id)}`;
}
