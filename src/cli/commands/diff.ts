/** `tidemark diff`: is a released snapshot still valid, and what has changed since. */
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { diffLines, validityLines } from '../text/verdict.js';

export function diffCommand(cli: Cli): Command {
  return serviceCommand('diff', 'Tell what has changed since a snapshot: exit code 0 when it is still valid', [
    'tidemark diff sha256-…',
  ])
    .argument('<snapshot>', 'id of the snapshot')
    .action(answering(cli, diff));
}

async function diff(cli: Cli, id: string, options: ServiceOptions): Promise<ExitCode> {
  const path = `/v1/snapshots/${encodeURIComponent(id)}`;
  const { validity, changes } = await withService(cli, options, async (client) => ({
    validity: await client.read(`${path}/validity`),
    changes: await client.read(`${path}/diff`),
  }));
  if (options.json) cli.terminal.json({ validity, diff: changes });
  else cli.terminal.show([...validityLines(validity), ...diffLines(changes)]);
  return validity.valid === true ? exitCodes.ok : exitCodes.failed;
}
