/** `tidemark accept`: an operator accepts what has happened to a partition of the log. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../../domain/position.js';
import { type AcceptableKind, acceptable, type TroubleFacts } from '../../log/trouble.js';
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
    'tidemark accept support.tickets:3 --kind gap --seen from=120,to=184',
  ])
    .argument('<partition>', 'topic:partition', partitionNamed)
    .addOption(kind)
    .option(
      '--seen <facts>',
      'the facts that `tidemark positions` showed: nothing is accepted that came up since',
      factsNamed,
    )
    .action(answering(cli, accept));
}

function partitionNamed(text: string): PartitionKey {
  const match = /^([A-Za-z0-9._-]{1,249}):(0|[1-9][0-9]{0,8})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Name it as topic:partition, such as support.tickets:3.');
  return partitionKey(match[1] ?? '', Number(match[2]));
}

function factsNamed(text: string): TroubleFacts {
  const pairs = text.split(',').map((pair) => /^([a-zA-Z]+)=([^=,]+)$/.exec(pair));
  if (pairs.includes(null)) throw new InvalidArgumentError('Name them as name=value, with commas between.');
  return Object.fromEntries(pairs.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
}

interface Options extends ServiceOptions {
  readonly kind: AcceptableKind;
  readonly seen?: TroubleFacts;
}

async function accept(cli: Cli, key: PartitionKey, options: Options): Promise<ExitCode> {
  const { topic, partition } = splitPartitionKey(key);
  if (!options.json) cli.terminal.note([line([acceptable[options.kind]])]);
  const path = `/v1/positions/${encodeURIComponent(topic)}/${partition}/accept`;
  const body = { kind: options.kind, ...(options.seen === undefined ? {} : { facts: options.seen }) };
  const accepted = await withService(cli, options, (client) => client.write(path, body));
  if (options.json) cli.terminal.json(accepted);
  else cli.terminal.show(acceptedLines(accepted));
  return exitCodes.ok;
}
