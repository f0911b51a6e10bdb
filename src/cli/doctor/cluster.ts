/** Checks of a log that others own: whether it answers, and whether its topics are there with all their copies. */
import type { Cluster, ClusterTopic } from '../composition.js';
import { type Check, fail, failedBy, ok, warn } from './check.js';

export async function checkCluster(cluster: Cluster): Promise<readonly Check[]> {
  try {
    const { id, brokers, topics } = await cluster.look();
    return [ok('kafka', `cluster ${id} answers, ${brokers} brokers`), ...topicChecks(topics)];
  } catch (error) {
    return [failedBy('kafka', error)];
  }
}

function topicChecks(topics: readonly ClusterTopic[]): readonly Check[] {
  const missing = topics.filter(({ partitions }) => partitions === null).map(({ name }) => name);
  const faulty = topics.flatMap(faultOf);
  const found = topics.flatMap(({ name, partitions }) => (partitions === null ? [] : [`${name} (${partitions})`]));
  return [
    ...(found.length === 0 ? [] : [ok('topics', `with partitions: ${found.join(', ')}`)]),
    ...(missing.length === 0
      ? []
      : [fail('topics', `missing: ${missing.join(', ')}`, '`tidemark topics plan` tells what `topics apply` makes.')]),
    ...(faulty.length === 0 ? [] : [warn('replicas', faulty.join('; '), 'Look after the brokers: copies are behind.')]),
  ];
}

function faultOf({ name, underReplicated, leaderless }: ClusterTopic): readonly string[] {
  const faults = [
    ...(leaderless === 0 ? [] : [`${leaderless} partitions without a leader`]),
    ...(underReplicated === 0 ? [] : [`${underReplicated} partitions with copies out of step`]),
  ];
  return faults.length === 0 ? [] : [`${name}: ${faults.join(', ')}`];
}
