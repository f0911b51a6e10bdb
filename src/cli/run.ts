/** The whole command line: from arguments to an exit code. */
import { Command, CommanderError } from 'commander';
import type { Cli } from './cli.js';
import { acceptCommand } from './commands/accept.js';
import { askCommand } from './commands/ask.js';
import { configCommand } from './commands/config.js';
import { contractsCommand } from './commands/contracts.js';
import { demoCommand } from './commands/demo.js';
import { diffCommand } from './commands/diff.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { loadCommand } from './commands/load.js';
import { mcpCommand } from './commands/mcp.js';
import { positionsCommand } from './commands/positions.js';
import { reconcileCommand } from './commands/reconcile.js';
import { rejectedCommand } from './commands/rejected.js';
import { replayCommand } from './commands/replay.js';
import { serveCommand } from './commands/serve.js';
import { shadowCommand } from './commands/shadow.js';
import { topicsCommand } from './commands/topics.js';
import { traceCommand } from './commands/trace.js';
import { codeOf, type ExitCode, errorLines, exitCodes } from './exit.js';

/** Every command, in the order in which a newcomer needs them. */
const commands = [
  demoCommand,
  serveCommand,
  mcpCommand,
  loadCommand,
  askCommand,
  replayCommand,
  diffCommand,
  traceCommand,
  positionsCommand,
  rejectedCommand,
  acceptCommand,
  reconcileCommand,
  shadowCommand,
  topicsCommand,
  contractsCommand,
  evalCommand,
  doctorCommand,
  configCommand,
] as const;

/** `output` takes what commander itself says: help, the version, and what is wrong with the arguments. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** With their stack, for errors: LOG_LEVEL=debug. */
  debug(): boolean;
}

export async function run(args: readonly string[], cli: Omit<Cli, 'finish'>, output: Output): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = programOf({
    ...cli,
    finish: (given) => {
      code = given;
    },
  });
  for (const command of allOf(program)) {
    command.exitOverride().configureOutput({ writeOut: output.out, writeErr: output.err });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    cli.terminal.note(errorLines(error));
    if (output.debug() && error instanceof Error) output.err(`${error.stack ?? ''}\n`);
    return codeOf(error);
  }
}

function programOf(cli: Cli): Command {
  const program = new Command('tidemark')
    .description(
      'The context service that copilots ask before they answer: live business state, audited and replayable.',
    )
    .version(cli.composition.version)
    // A command and its own commands may have options of one name, as `replay` and `replay check` do.
    .enablePositionalOptions()
    .showHelpAfterError('(--help tells how it is used)')
    .addHelpText(
      'after',
      '\nFirst steps:\n  tidemark demo      a tour, with a world of its own\n  tidemark serve     the service, on http://127.0.0.1:7420\n',
    );
  for (const make of commands) program.addCommand(make(cli));
  return program;
}

function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}
