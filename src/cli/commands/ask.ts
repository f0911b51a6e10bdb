/** `tidemark ask`: the context of an account, as a copilot would get it. */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { kindNames } from '../../domain/kinds/index.js';
import { TidemarkError } from '../../errors.js';
import { limits } from '../../limits.js';
import type { Cli } from '../cli.js';
import { answering, type ServiceOptions, serviceCommand, wholeNumber, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { messageLines } from '../text/messages.js';
import { snapshotLines } from '../text/snapshot.js';

export function askCommand(cli: Cli): Command {
  const level = new Option('--consistency <level>', 'how new the answer must be').choices([
    'fastest',
    'at_least',
    'latest',
  ]);
  const violation = new Option('--on-violation <what>', 'when that is not reached').choices(['wait', 'mark', 'refuse']);
  return serviceCommand('ask', 'Ask for the context of an account', [
    'tidemark ask A-1003 Until when can unused labels be refunded?',
    'tidemark ask A-1003 --history turns.json And for gold customers?',
    'tidemark ask A-1003 --kinds ticket,policy --consistency latest --json',
    'tidemark ask A-1003 --prompt support_answer Until when can unused labels be refunded?',
  ])
    .argument('<account>', 'id of the account')
    .argument('[question...]', 'the question; without one, nothing is retrieved by meaning')
    .option('--history <file>', 'JSON list of the turns before it, oldest first: [{"role": "user", "text": "…"}]')
    .option('--kinds <kinds>', `some of ${kindNames.join(',')}`)
    .option('--budget <tokens>', 'the most tokens of the items', wholeNumber(1, limits.tokenBudgetMax))
    .option('--purpose <purpose>', 'why it is asked; goes on record')
    .option('--prompt <id>', 'render this prompt and show the messages for a model')
    .addOption(level)
    .option('--token <token...>', 'what a write answered with: the answer covers it')
    .option('--as-of <token>', 'time travel: the answer as of what the token names')
    .option('--max-staleness <ms>', 'older is a violation', wholeNumber(0, limits.maxStalenessMsMax))
    .option('--deadline <ms>', 'how long to wait', wholeNumber(0, limits.deadlineMsMax))
    .addOption(violation)
    .action(answering(cli, ask));
}

interface Options extends ServiceOptions {
  readonly history?: string;
  readonly kinds?: string;
  readonly budget?: number;
  readonly purpose?: string;
  readonly prompt?: string;
  readonly consistency?: string;
  readonly token?: readonly string[];
  readonly asOf?: string;
  readonly maxStaleness?: number;
  readonly deadline?: number;
  readonly onViolation?: string;
}

async function ask(cli: Cli, account: string, words: readonly string[], options: Options): Promise<ExitCode> {
  const history = options.history === undefined ? undefined : await turnsIn(options.history);
  const request = { ...requestOf(account, words.join(' '), options), ...given({ history }) };
  const snapshot = await withService(cli, options, (client) => client.write('/v1/context', request));
  if (options.json) cli.terminal.json(snapshot);
  else cli.terminal.show([...snapshotLines(snapshot), ...messageLines(snapshot)]);
  return exitCodes.ok;
}

/** Whether they are turns is for the service to say: it names what is wrong with them. */
async function turnsIn(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new TidemarkError({
      code: 'config_invalid',
      message: `the file ${file} cannot be read as JSON`,
      advice: 'Name a file with a list of turns, such as [{"role": "user", "text": "Can they get a refund?"}].',
      retriable: false,
      cause,
    });
  }
}

/** The body of POST /v1/context. What is not given is left out, so that the service's own defaults hold. */
export function requestOf(account: string, question: string, options: Options): object {
  const { kinds, budget, purpose, prompt, token, asOf, maxStaleness, deadline, onViolation } = options;
  const level = options.consistency ?? (token === undefined ? undefined : 'at_least');
  const consistency = given({
    level,
    tokens: token,
    maxStalenessMs: maxStaleness,
    deadlineMs: deadline,
    onViolation,
  });
  return given({
    account,
    question: question === '' ? undefined : question,
    purpose,
    prompt,
    kinds: kinds?.split(',').map((kind) => kind.trim()),
    tokenBudget: budget,
    asOf,
    consistency: Object.keys(consistency).length === 0 ? undefined : consistency,
  });
}

function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
