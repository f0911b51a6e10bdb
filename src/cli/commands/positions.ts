/** `tidemark positions`: how far every partition is, and whether every record is accounted for. */
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { objectOf } from '../json-read.js';
import { line } from '../text/line.js';
import { positionLines } from '../text/positions.js';

export function positionsCommand(cli: Cli): Command {
  return serviceCommand(
    'positions',
    'Show how far every partition is: exit code 0 when every record is accounted for',
    ['tidemark positions', 'tidemark positions --partitions'],
  )
    .option('--partitions', 'one line per partition instead of one per topic')
    .action(answering(cli, positions));
}

interface Options extends ServiceOptions {
  readonly partitions?: true;
}

async function positions(cli: Cli, options: Options): Promise<ExitCode> {
  const found = await withService(cli, options, (client) => client.read('/v1/positions'));
  if (options.json) cli.terminal.json(found);
  else cli.terminal.show(positionLines(found, options.partitions ? 'partition' : 'topic'));
  if (found.totals === null) {
    const isUnknown = objectOf(objectOf(found.state).trouble).kind !== undefined;
    const advice = isUnknown
      ? 'What only the state knows is not known now; whether counts add up was not checked.'
      : 'Counts are for an operator key or one with the scope metrics; whether they add up was not checked.';
    cli.terminal.note([line([advice])]);
  }
  return objectOf(found.totals).addsUp === true ? exitCodes.ok : exitCodes.failed;
}
