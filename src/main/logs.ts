/** Which log a service stands on: what LOG_URL says. */
import type { Cluster, LogInspection, Notice, OpenedEngines } from '../cli/composition.js';
import { kafkaChoiceOf } from '../config/choices.js';
import { logOf } from '../config/combinations.js';
import type { Config } from '../config.js';
import { inspectEmbedded, openEmbedded } from './embedded.js';
import { inspectJournal, openKafka } from './kafka.js';
import { kafkaCluster } from './kafka-cluster.js';

export function openEngines(
  config: Config,
  tell: (notice: Notice) => void,
  signal?: AbortSignal,
): Promise<OpenedEngines> {
  const choice = kafkaChoiceOf(config);
  return choice === null ? openEmbedded(config, tell) : openKafka(config, choice, { tell, signal });
}

export function inspectLog(config: Config): LogInspection {
  return logOf(config).kind === 'embedded' ? inspectEmbedded(config) : inspectJournal(config);
}

export function clusterOf(config: Config): Cluster | null {
  const choice = kafkaChoiceOf(config);
  return choice === null ? null : kafkaCluster(choice, config.topics);
}
