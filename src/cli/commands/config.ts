/** `tidemark config`: what is in force, and what belongs to it on disk. */
import { Command } from 'commander';
import { redacted } from '../../config.js';
import { lockPrompts, packagedPrompts } from '../../prompts/folder.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { line } from '../text/line.js';

export function configCommand(cli: Cli): Command {
  const print = command('print', 'Print the configuration in force, without secrets', [
    'tidemark config print',
    'PORT=8080 tidemark config print --json',
  ]).action(answering(cli, printConfig));
  const lock = command('lock-prompts', 'Take new prompts of the folder PROMPTS into its lock.json', [
    'PROMPTS=./prompts tidemark config lock-prompts',
  ]).action(answering(cli, lockFolder));
  return new Command('config').description('The configuration').addCommand(print).addCommand(lock);
}

async function printConfig(cli: Cli, options: CommonOptions): Promise<ExitCode> {
  const values = redacted(cli.config({}));
  if (options.json) cli.terminal.json(values);
  else cli.terminal.show(Object.entries(values).map(([name, value]) => line([`${name}=${value}`])));
  return exitCodes.ok;
}

/** Fails on a prompt that was edited after it was locked: snapshots that were released with it could not be replayed. */
async function lockFolder(cli: Cli, options: CommonOptions): Promise<ExitCode> {
  const folder = cli.config({}).PROMPTS ?? packagedPrompts();
  const faults = await lockPrompts(folder);
  if (options.json) cli.terminal.json({ folder, faults });
  else if (faults.length === 0) cli.terminal.show([line([`Every prompt of ${folder} is locked.`])]);
  else cli.terminal.show(faults.map(({ file, detail }) => line([`${file} ${detail}`])));
  return faults.length === 0 ? exitCodes.ok : exitCodes.failed;
}
