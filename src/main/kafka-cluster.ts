/** A Kafka cluster for whoever administers it: what it has of the configured topics, and making what it lacks. */
import { lookAtCluster } from '../../connectors/kafka/admin.js';
import { applyTopics, planOnCluster, wantedTopics } from '../../connectors/kafka/topics.js';
import type { Cluster } from '../cli/composition.js';
import type { KafkaChoice } from '../config/choices.js';
import { type TopicMap, topicsToOpen } from '../log/topics.js';
import { kafkaSettings } from './kafka.js';
import { asTried } from './tried.js';

export function kafkaCluster(choice: KafkaChoice, topics: TopicMap): Cluster {
  const settings = kafkaSettings(choice);
  const names = topicsToOpen(topics).map(({ name }) => name);
  const tried = <Result>(work: Promise<Result>) =>
    work.catch((error: unknown) => {
      throw asTried(error);
    });
  return {
    look: () => tried(lookAtCluster(settings, names)),
    planTopics: (wish) => tried(planOnCluster(settings, wantedTopics(topics, wish))),
    applyTopics: (wish) => tried(applyTopics(settings, wantedTopics(topics, wish))),
  };
}
