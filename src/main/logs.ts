/**
 * Which log a service stands on: what LOG_URL says. What speaks to brokers and to a store is loaded where one is named: it is most of
 * what there is to load, and a command beside an embedded log answers in half the time without it.
 */
import type { Cluster, LogInspection, Notice, OpenedEngines } from '../cli/composition.js';
import { kafkaChoiceOf } from '../config/choices.js';
import { logOf } from '../config/combinations.js';
import type { Config } from '../config.js';
import { inspectEmbedded, openEmbedded } from './embedded.js';
import { instanceOf } from './instance.js';
import type { Opening } from './kafka.js';

export async function openEngines(
  config: Config,
  tell: (notice: Notice) => void,
  signal?: AbortSignal,
): Promise<OpenedEngines> {
  const opened = await openOn(config, { tell, signal });
  const instance = instanceOf(config, opened.engines.ownership);
  const { role, id } = instance;
  tell({ level: 'info', text: 'this instance is known by its id', facts: { role, instance: id } });
  return { ...opened, instance };
}

async function openOn(config: Config, of: Opening): Promise<OpenedEngines> {
  const choice = kafkaChoiceOf(config);
  if (choice === null) return openEmbedded(config, of);
  const { openKafka } = await import('./kafka.js');
  return openKafka(config, choice, of);
}

export async function inspectLog(config: Config): Promise<LogInspection> {
  if (logOf(config).kind === 'embedded') return inspectEmbedded(config);
  const { inspectJournal } = await import('./kafka.js');
  return inspectJournal(config);
}

/** Null: the log is embedded. */
export async function clusterOf(config: Config): Promise<Cluster | null> {
  const choice = kafkaChoiceOf(config);
  if (choice === null) return null;
  const { kafkaCluster } = await import('./kafka-cluster.js');
  return kafkaCluster(choice, config.topics);
}
