/** `tidemark shadow`: another index generation beside the live one, and what becomes of it. Through the running server. */
import { Command, Option } from 'commander';
import type { JsonObject } from '../../domain/canonical.js';
import { TidemarkError } from '../../errors.js';
import { modelDtypes, modelPoolings } from '../../retrieval/model-reading.js';
import type { Cli } from '../cli.js';
import type { ApiClient } from '../client.js';
import { answering, type ServiceOptions, serviceCommand, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { objectsOf, textAt } from '../json-read.js';
import { generationLines } from '../text/generations.js';

export function shadowCommand(cli: Cli): Command {
  return new Command('shadow')
    .description('Index generations: start one beside the live one, compare, promote, roll back, drop')
    .addCommand(startCommand(cli))
    .addCommand(statusCommand(cli))
    .addCommand(onOne(cli, 'promote', 'Answer with it from the next snapshot on'))
    .addCommand(rollbackCommand(cli))
    .addCommand(onOne(cli, 'drop', 'Let go of one that is not live'));
}

interface StartOptions extends ServiceOptions {
  readonly reason?: string;
  readonly dtype?: string;
  readonly pooling?: string;
  readonly questionPrefix?: string;
  readonly passagePrefix?: string;
}

function startCommand(cli: Cli): Command {
  return serviceCommand('start', 'Fill a generation of another method, and compare it with the live one', [
    'tidemark shadow start hashing',
    'tidemark shadow start transformers:./models/minilm --reason "recall on long questions"',
    'tidemark shadow start transformers:./models/bge --pooling cls --question-prefix "query: "',
  ])
    .argument('<method>', 'as the setting EMBEDDER takes it')
    .addOption(new Option('--dtype <format>', "number format of the model's graph").choices(modelDtypes))
    .addOption(new Option('--pooling <how>', 'how its tokens become one vector').choices(modelPoolings))
    .option('--question-prefix <text>', 'what the model wants before each question')
    .option('--passage-prefix <text>', 'what it wants before each passage; what is not given is as configured')
    .option('--reason <text>', 'why; it is put on record')
    .action(
      answering(cli, (_, method: string, options: StartOptions) => {
        const reason = options.reason === undefined ? {} : { reason: options.reason };
        return showing(cli, options, (client) =>
          client.write('/v1/generations', { method, ...modelOf(options), ...reason }),
        );
      }),
    );
}

function modelOf({ dtype, pooling, questionPrefix, passagePrefix }: StartOptions): JsonObject {
  const told = Object.entries({ dtype, pooling, questionPrefix, passagePrefix });
  const given = told.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return given.length === 0 ? {} : { model: Object.fromEntries(given) };
}

function statusCommand(cli: Cli): Command {
  return serviceCommand('status', 'How far each is, and what a shadow would have answered otherwise', [
    'tidemark shadow status --json',
  ]).action(answering(cli, (_, options: ServiceOptions) => showing(cli, options, listed)));
}

function rollbackCommand(cli: Cli): Command {
  return serviceCommand('rollback', 'Go back to the generation that was live before', [
    'tidemark shadow rollback',
  ]).action(
    answering(cli, (_, options: ServiceOptions) =>
      showing(cli, options, (client) => client.write('/v1/generations/rollback', {})),
    ),
  );
}

function onOne(cli: Cli, act: 'promote' | 'drop', summary: string): Command {
  return serviceCommand(act, summary, [`tidemark shadow ${act}`, `tidemark shadow ${act} 0f3c9a1b2d4e`])
    .argument('[id]', 'of a generation; by default the only shadow')
    .action(
      answering(cli, (_, id: string | undefined, options: ServiceOptions) =>
        showing(cli, options, async (client) => {
          const named = id ?? onlyShadow(await listed(client));
          return client.write(`/v1/generations/${encodeURIComponent(named)}/${act}`, {});
        }),
      ),
    );
}

function listed(client: ApiClient): Promise<JsonObject> {
  return client.read('/v1/generations');
}

function onlyShadow(told: JsonObject): string {
  const shadows = objectsOf(told.generations).filter((one) => textAt(one, 'role') === 'shadow');
  const [first] = shadows;
  if (first !== undefined && shadows.length === 1) return textAt(first, 'id');
  throw new TidemarkError({
    code: 'generation_not_found',
    message: shadows.length === 0 ? 'there is no shadow' : `there are ${shadows.length} shadows`,
    advice: 'Name one: `tidemark shadow status` lists them.',
    retriable: false,
  });
}

async function showing(
  cli: Cli,
  options: ServiceOptions,
  ask: (client: ApiClient) => Promise<JsonObject>,
): Promise<ExitCode> {
  const told = await withService(cli, options, ask);
  if (options.json) cli.terminal.json(told);
  else cli.terminal.show(generationLines(told));
  return exitCodes.ok;
}
