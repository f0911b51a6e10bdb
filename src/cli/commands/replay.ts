/** `tidemark replay`: builds a released snapshot again and compares. */
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { textAt } from '../json-read.js';
import { verdictLines } from '../text/verdict.js';
import { checkCommand, exportCommand } from './replay-fixture.js';

export function replayCommand(cli: Cli): Command {
  return serviceCommand('replay', 'Build a released snapshot again: exit code 0 when it matches byte for byte', [
    'tidemark replay sha256-…',
    'tidemark replay sha256-… --depth content',
    'tidemark replay check fixtures',
  ])
    .argument('<snapshot>', 'id of the snapshot')
    .addOption(
      new Option('--depth <depth>', 'the items and the released bytes, or the whole request answered again')
        .choices(['content', 'full'])
        .default('full'),
    )
    .enablePositionalOptions()
    .action(answering(cli, replay))
    .addCommand(exportCommand(cli))
    .addCommand(checkCommand(cli));
}

async function replay(cli: Cli, id: string, options: ServiceOptions & { readonly depth: string }): Promise<ExitCode> {
  const path = `/v1/snapshots/${encodeURIComponent(id)}/replay`;
  const verdict = await withService(cli, options, (client) => client.write(path, { depth: options.depth }));
  if (options.json) cli.terminal.json(verdict);
  else cli.terminal.show(verdictLines(verdict));
  return textAt(verdict, 'verdict') === 'MATCH' ? exitCodes.ok : exitCodes.failed;
}
