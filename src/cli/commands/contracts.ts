/** `tidemark contracts`: what the records of each class promise to those who write and read them. */
import type { Command } from 'commander';
import { retainableTopics } from '../../config/combinations.js';
import type { Config } from '../../config.js';
import { type Contract, catalogueOf } from '../../interaction/catalogue.js';
import type { Retention } from '../../log/retention.js';
import { parseRetention } from '../../log/retention-text.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { blank, type Line, line, padded, span } from '../text/line.js';

export function contractsCommand(cli: Cli): Command {
  return command(
    'contracts',
    'What each class of records promises: topic, key, order, retention, owner, access, types',
    ['tidemark contracts', 'tidemark contracts --json'],
  ).action(answering(cli, printContracts));
}

async function printContracts(cli: Cli, options: CommonOptions): Promise<ExitCode> {
  const contracts = contractsOf(cli.config({}));
  if (options.json) cli.terminal.json({ contracts: contracts.map((one) => ({ ...one })) });
  else cli.terminal.show(contracts.flatMap((one, index) => [...(index === 0 ? [] : [blank]), ...linesOf(one)]));
  return exitCodes.ok;
}

function contractsOf({ topics, RETENTION }: Config): readonly Contract[] {
  return catalogueOf(topics, parseRetention(RETENTION, retainableTopics(topics)).retentionOf);
}

const NAME_COLUMNS = 11;

function linesOf(contract: Contract): readonly Line[] {
  const { name, topic, partitions, key, ordering, kept, retention, owner, access, bodies, types } = contract;
  const at = `${topic}, ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`;
  const members: readonly (readonly [string, string])[] = [
    ['key', key],
    ['order', ordering],
    ['retention', `${retentionText(retention)}. ${kept}`],
    ['owner', owner],
    ['read', access.read],
    ['write', access.write],
    ['bodies', bodies],
    ['types', Object.keys(types).join(', ') || 'none'],
  ];
  const head = line([span(padded(name, NAME_COLUMNS), 'strong'), at]);
  return [head, ...members.map(([title, text]) => memberLine(title, text))];
}

function memberLine(title: string, text: string): Line {
  return line([span(padded(title, NAME_COLUMNS), 'dim'), text], 0, NAME_COLUMNS);
}

const HOUR_MS = 3_600_000;

function retentionText({ ageMs, bytes }: Retention): string {
  const bounds = [
    ...(ageMs === null ? [] : [`${ageMs / HOUR_MS} hours`]),
    ...(bytes === null ? [] : [`${bytes} bytes of a partition`]),
  ];
  return bounds.length === 0 ? 'Everything is kept' : `Kept for ${bounds.join(' or ')}`;
}
