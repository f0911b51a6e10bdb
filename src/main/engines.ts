/** What is chosen alike whatever the log is: stores, checkpoints of those in memory, and what of the past is kept. */
import { FileCheckpoints } from '../../connectors/file/checkpoints.js';
import { readLock } from '../../connectors/file/lock.js';
import { isAlive } from '../../connectors/file/process-identity.js';
import { inspectCheckpoints } from '../checkpoint/inspect.js';
import type { LogFindings, LogHolder } from '../cli/composition.js';
import { checkpointsFolder } from '../config/choices.js';
import { retainableTopics } from '../config/combinations.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import type { PartitionKey } from '../domain/position.js';
import type { EventLog, RecordReader, TopicDescription } from '../log/port.js';
import { type ExpiringLog, keepEverything, type Retention } from '../log/retention.js';
import { parseRetention } from '../log/retention-text.js';
import { type TopicMap, topicsToOpen } from '../log/topics.js';
import { type Ownership, ownsEverything } from '../materializer/ownership.js';
import type { Engines } from '../pipeline.js';
import { memoryStores, type Stores } from './stores.js';

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

/** What a log is used with. */
export interface Beside {
  readonly stores: Stores;
  /** Of an instance that shares its state with others. Absent: no other writes it. */
  readonly ownership?: Ownership | undefined;
}

/** `topics` with the partitions that the log has. */
export function enginesOn(
  log: EventLog & RecordReader & ExpiringLog,
  config: Config,
  topics: TopicMap,
  { stores, ownership = ownsEverything }: Beside = { stores: memoryStores() },
): Engines {
  const { state, memory, index, holdings, method, generations } = stores;
  const store = checkpointsOf(config);
  const { retentionOf } = retentionIn(config);
  return {
    log,
    state,
    ...(store === null || memory === null ? {} : { checkpointing: { store, state: memory } }),
    // A state that outlives the process may fall back, also where nobody else writes it. One in memory is nobody else's, and is whole.
    ...(memory === null ? { ownership } : {}),
    ...(retentionOf.size === 0 ? {} : { retention: { log, retentionOf } }),
    index,
    ...(holdings === null ? {} : { holdings }),
    method,
    ...(generations === undefined ? {} : { generations }),
    clock: systemClock,
    topics,
    audit: config.AUDIT,
  };
}

/** Who holds the lock of a folder. */
export async function holderOf(folder: string): Promise<LogHolder | undefined> {
  const held = await readLock(folder);
  return held && { pid: held.pid, host: held.host, alive: isAlive(held), url: held.url ?? null };
}

/** A folder of records as an onlooker reads it. */
interface OpenedReader extends RecordReader {
  readonly id: string;
  readonly tornEnds: readonly { readonly path: string; readonly bytesCut: number }[];
  topics(): readonly TopicDescription[];
  starts(): ReadonlyMap<PartitionKey, bigint>;
  ends(): ReadonlyMap<PartitionKey, bigint>;
  close(): Promise<void>;
}

/** `isCopy`: of a log that others own. */
export async function checkLogRecords(
  open: () => Promise<OpenedReader>,
  config: Config,
  isCopy: boolean,
): Promise<LogFindings> {
  const store = checkpointsOf(config);
  // Listed first: what a running server writes meanwhile may lie behind the end that is seen here.
  const names = (await store?.list()) ?? [];
  const reader = await open();
  try {
    const starts = reader.starts();
    let records = 0n;
    for (const [partition, end] of reader.ends()) records += end - (starts.get(partition) ?? 0n);
    const tornEnds = reader.tornEnds.map(({ path, bytesCut }) => ({ file: path, bytes: bytesCut }));
    const checkpoints =
      store && (await inspectCheckpoints({ store, log: reader, topics: config.topics, isCopy }, names));
    return { topics: reader.topics().length, records, tornEnds, checkpoints };
  } finally {
    await reader.close();
  }
}
