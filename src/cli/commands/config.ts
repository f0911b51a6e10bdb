/** `tidemark config print`: what is in force. */
import { Command } from 'commander';
import { redacted } from '../../config.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { line } from '../text/line.js';

export function configCommand(cli: Cli): Command {
  const print = command('print', 'Print the configuration in force, without secrets', [
    'tidemark config print',
    'PORT=8080 tidemark config print --json',
  ]).action(answering(cli, printConfig));
  return new Command('config').description('The configuration').addCommand(print);
}

async function printConfig(cli: Cli, options: CommonOptions): Promise<ExitCode> {
  const values = redacted(cli.config({}));
  if (options.json) cli.terminal.json(values);
  else cli.terminal.show(Object.entries(values).map(([name, value]) => line([`${name}=${value}`])));
  return exitCodes.ok;
}
