/** `tidemark topics`: the topics of the configuration in a log that others own: what is missing, and making it. */
import { Command } from 'commander';
import type { TopicStep, TopicWish } from '../../log/topic-plan.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command, wholeNumber } from '../command.js';
import type { Cluster } from '../composition.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { type Line, line, padded, type Style, span } from '../text/line.js';

export function topicsCommand(cli: Cli): Command {
  return new Command('topics')
    .description('The topics of the configuration in Kafka: what is missing, and making it')
    .addCommand(planCommand(cli))
    .addCommand(applyCommand(cli));
}

function planCommand(cli: Cli): Command {
  return withWish(
    command('plan', 'Tell what apply would do, and do nothing', [
      'LOG_URL=kafka://localhost:9092 tidemark topics plan',
    ]),
  ).action(answering(cli, (_, options: Options) => tell(cli, options, 'plan')));
}

function applyCommand(cli: Cli): Command {
  return withWish(
    command('apply', 'Make what is missing; nothing is deleted and no partition is added to a topic that is there', [
      'LOG_URL=kafka://localhost:9092 tidemark topics apply --partitions 12 --replication 3',
    ]),
  ).action(answering(cli, (_, options: Options) => tell(cli, options, 'apply')));
}

const PARTITIONS_MAX = 10_000;
const REPLICATION_MAX = 100;

function withWish(made: Command): Command {
  return made
    .option(
      '--partitions <n>',
      'of topics that are made (default: as TOPICS says, else 4)',
      wholeNumber(1, PARTITIONS_MAX),
    )
    .option(
      '--replication <n>',
      'copies of each partition (default: the brokers say)',
      wholeNumber(1, REPLICATION_MAX),
    );
}

interface Options extends CommonOptions, TopicWish {}

async function tell(cli: Cli, options: Options, verb: 'plan' | 'apply'): Promise<ExitCode> {
  const cluster = await cli.composition.cluster(cli.config({}));
  if (cluster === null) {
    if (options.json) cli.terminal.json({ embedded: true, steps: [] });
    else cli.terminal.show([line(['The log is embedded: it makes its topics by itself, there is nothing to plan.'])]);
    return exitCodes.ok;
  }
  const steps = await stepsOf(cluster, options, verb);
  if (options.json)
    cli.terminal.json({ embedded: false, applied: verb === 'apply', steps: steps.map((one) => ({ ...one })) });
  else cli.terminal.show([...steps.map(stepLine), line([summaryOf(steps, verb)])]);
  return exitCodes.ok;
}

function stepsOf(cluster: Cluster, { partitions, replication }: Options, verb: 'plan' | 'apply') {
  const wish = { partitions, replication };
  return verb === 'plan' ? cluster.planTopics(wish) : cluster.applyTopics(wish);
}

const styles: Readonly<Record<TopicStep['action'], Style>> = {
  none: 'dim',
  create: 'good',
  alter: 'good',
  differs: 'warn',
};
const words: Readonly<Record<TopicStep['action'], string>> = {
  none: 'ok',
  create: 'create',
  alter: 'alter',
  differs: 'differs',
};
const ACTION_COLUMNS = 9;
const TOPIC_COLUMNS = 24;

function stepLine({ topic, action, what }: TopicStep): Line {
  const head = [span(padded(words[action], ACTION_COLUMNS), styles[action]), padded(topic, TOPIC_COLUMNS)];
  return line([...head, what], 0, ACTION_COLUMNS + TOPIC_COLUMNS);
}

function summaryOf(steps: readonly TopicStep[], verb: 'plan' | 'apply'): string {
  const count = (...actions: TopicStep['action'][]) => steps.filter(({ action }) => actions.includes(action)).length;
  const [due, differs] = [count('create', 'alter'), count('differs')];
  const left = differs === 0 ? '' : ` ${differs} differ, which apply leaves as they are.`;
  if (due === 0) return differs === 0 ? 'Nothing to do.' : `Nothing to do.${left}`;
  return verb === 'plan' ? `apply would change ${due} topics.${left}` : `${due} topics changed.${left}`;
}
