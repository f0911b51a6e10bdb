/** What is chosen alike whatever the log is: stores in memory, their checkpoints, retrieval, and what of the past is kept. */
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { checkpointsFolder } from '../config/choices.js';
import { retainableTopics } from '../config/combinations.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import type { EventLog, RecordReader } from '../log/port.js';
import { type ExpiringLog, keepEverything, type Retention } from '../log/retention.js';
import { parseRetention } from '../log/retention-text.js';
import { type TopicMap, topicsToOpen } from '../log/topics.js';
import type { Engines } from '../pipeline.js';
import { generationOf } from '../retrieval/generation.js';
import { HashingEmbedder } from '../retrieval/hashing-embedder.js';

export interface RetainedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retention: Retention;
}

/** Every topic, with what is kept of it. */
export function retainedTopics(config: Config, topics: TopicMap): readonly RetainedTopic[] {
  const { retentionOf } = retentionIn(config);
  return topicsToOpen(topics).map((topic) => ({ ...topic, retention: retentionOf.get(topic.name) ?? keepEverything }));
}

function retentionIn({ RETENTION, topics }: Config) {
  return parseRetention(RETENTION, retainableTopics(topics));
}

/** Null: none are kept. */
export function checkpointsOf(config: Config): FileCheckpoints | null {
  const folder = checkpointsFolder(config);
  return folder === null ? null : new FileCheckpoints(folder);
}

/** `topics` with the partitions that the log has. */
export function enginesOn(log: EventLog & RecordReader & ExpiringLog, config: Config, topics: TopicMap): Engines {
  const embedder = config.EMBEDDER === 'hashing' ? new HashingEmbedder() : null;
  const state = new MemoryState();
  const store = checkpointsOf(config);
  const { retentionOf } = retentionIn(config);
  return {
    log,
    state,
    ...(store === null ? {} : { checkpointing: { store, state } }),
    ...(retentionOf.size === 0 ? {} : { retention: { log, retentionOf } }),
    index: new MemoryIndex(generationOf(embedder?.identity ?? null)),
    embedder,
    clock: systemClock,
    topics,
    audit: config.AUDIT,
  };
}
