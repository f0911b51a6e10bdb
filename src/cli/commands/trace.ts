/** `tidemark trace`: what a decision rested on and what came of it. */
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { mermaidText } from '../text/mermaid.js';
import { traceLines } from '../text/trace.js';

export function traceCommand(cli: Cli): Command {
  return serviceCommand('trace', 'Trace a decision from the log: exit code 0 when nothing is missing', [
    'tidemark trace refund-4711',
    'tidemark trace refund-4711 --mermaid',
  ])
    .argument('<decision>', 'id of the decision: the subject of its events')
    .addOption(new Option('--mermaid', 'print a Mermaid flowchart').conflicts('json'))
    .action(answering(cli, trace));
}

interface Options extends ServiceOptions {
  readonly mermaid?: true;
}

async function trace(cli: Cli, id: string, options: Options): Promise<ExitCode> {
  const path = `/v1/decisions/${encodeURIComponent(id)}/trace`;
  const found = await withService(cli, options, (client) => client.read(path));
  if (options.json) cli.terminal.json(found);
  else cli.terminal.show(options.mermaid ? mermaidText(found) : traceLines(found));
  return found.complete === true ? exitCodes.ok : exitCodes.failed;
}
