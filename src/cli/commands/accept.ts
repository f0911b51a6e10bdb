/** `tidemark accept`: an operator accepts what has happened to a partition of the log. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../../domain/position.js';
import { type AcceptableKind, acceptable } from '../../log/trouble.js';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { line } from '../text/line.js';
import { acceptedLines } from '../text/troubles.js';

export function acceptCommand(cli: Cli): Command {
  const kind = new Option('--kind <kind>', 'what is accepted, as `tidemark positions` names it')
    .choices(Object.keys(acceptable))
    .makeOptionMandatory();
  return serviceCommand('accept', 'Accept what has happened to a partition of the log: it cannot be taken back', [
    'tidemark accept support.tickets:3 --kind gap',
  ])
    .argument('<partition>', 'topic:partition', partitionNamed)
    .addOption(kind)
    .action(answering(cli, accept));
}

function partitionNamed(text: string): PartitionKey {
  const match = /^([A-Za-z0-9._-]{1,249}):(0|[1-9][0-9]{0,8})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Name it as topic:partition, such as support.tickets:3.');
  return partitionKey(match[1] ?? '', Number(match[2]));
}

interface Options extends ServiceOptions {
  readonly kind: AcceptableKind;
}

async function accept(cli: Cli, key: PartitionKey, options: Options): Promise<ExitCode> {
  const { topic, partition } = splitPartitionKey(key);
  if (!options.json) cli.terminal.note([line([acceptable[options.kind]])]);
  const path = `/v1/positions/${encodeURIComponent(topic)}/${partition}/accept`;
  const accepted = await withService(cli, options, (client) => client.write(path, { kind: options.kind }));
  if (options.json) cli.terminal.json(accepted);
  else cli.terminal.show(acceptedLines(accepted));
  return exitCodes.ok;
}
