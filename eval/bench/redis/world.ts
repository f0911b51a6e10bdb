/**
 * What the rows about Redis share: a Redis of their own, and a service with its state in it, over a log in memory that others own. So
 * there is a journal and a local audit spool, and no broker takes processor time from what is measured.
 */

import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditSpool } from '../../../connectors/file/audit-spool.js';
import { JournaledLog } from '../../../connectors/file/journaled-log.js';
import { MemoryIndex } from '../../../connectors/memory/index.js';
import { MemoryRemote } from '../../../connectors/memory/remote.js';
import { MemoryCluster } from '../../../connectors/memory/remote-cluster.js';
import { RedisState } from '../../../connectors/redis/state.js';
import { systemClock } from '../../../src/domain/clock.js';
import { keepEverything } from '../../../src/log/retention.js';
import { defaultTopics, ownTopics, topicsToOpen } from '../../../src/log/topics.js';
import { openService } from '../../../src/pipeline.js';
import { generationOf } from '../../../src/retrieval/generation.js';
import { lexicalMethod, type RetrievalMethod } from '../../../src/retrieval/method.js';
import type { RetrievalIndex } from '../../../src/retrieval/port.js';
import { OwnRedis } from '../../live/redis.js';
import { sweep } from '../../live/services/start.js';
import { silent } from '../../live/services/steps.js';
import { Unavailable as MissingService } from '../../live/services/tools.js';
import type { Unavailable } from '../harness.js';
import type { SnapshotWorld } from '../snapshot-world.js';

/** As whoever runs a state has it: what is written is on the disk a second later at most. */
const durable = { appendOnly: true, overrides: { appendfsync: 'everysec' } } as const;

/** Without redis-server there is none, and the row says so. */
export async function openRedis(): Promise<OwnRedis | Unavailable> {
  // What a run left that was killed.
  await sweep(silent);
  try {
    return await OwnRedis.start(durable);
  } catch (error) {
    if (error instanceof MissingService) return { unavailable: `no Redis to measure with: ${error.message}` };
    throw error;
  }
}

export function settingsOf(redis: OwnRedis, prefix = 'tidemark') {
  return { address: redis.server.address, db: 0, tls: null, username: null, password: null, prefix };
}

export interface RedisWorld extends SnapshotWorld {
  readonly redis: OwnRedis;
  readonly state: RedisState;
  /** What others write is written here. */
  readonly cluster: MemoryCluster;
}

/** An index of the world's own making, where it is not in memory. */
export interface OpenedIndex {
  readonly index: RetrievalIndex;
  readonly method: RetrievalMethod;
  close(): Promise<void>;
}

const inMemory: OpenedIndex = {
  index: new MemoryIndex(generationOf(lexicalMethod)),
  method: lexicalMethod,
  close: async () => {},
};

export async function openRedisWorld(
  openIndex: (state: RedisState) => Promise<OpenedIndex> = async () => inMemory,
): Promise<RedisWorld | Unavailable> {
  const redis = await openRedis();
  if ('unavailable' in redis) return redis;
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const all = { recursive: true, force: true } as const;
  // For a run that is interrupted: nobody waits for anything then.
  const atExit = () => rmSync(folder, all);
  process.once('exit', atExit);
  const cluster = new MemoryCluster(() => systemClock.wallMs());
  for (const { name, partitions } of topicsToOpen(defaultTopics)) cluster.createTopic(name, partitions);
  const log = await JournaledLog.open({
    remote: new MemoryRemote(cluster),
    folder: join(folder, 'journal'),
    topics: topicsToOpen(defaultTopics).map((topic) => ({ ...topic, retention: keepEverything })),
    ownTopics: ownTopics(defaultTopics),
    clock: systemClock,
    onReport: () => undefined,
  });
  const spoolAt = { folder: join(folder, 'spool'), logId: log.id };
  const auditSpool = await openAuditSpool({
    ...spoolAt,
    clock: () => systemClock.wallMs(),
    onReport: () => undefined,
  });
  const state = await RedisState.open(settingsOf(redis), log.id);
  const { index, method, ...opened } = await openIndex(state);
  const stop = new AbortController();
  const common = { log, state, clock: systemClock, topics: defaultTopics, isCopy: true } as const;
  const service = await openService({ ...common, index, method, audit: 'required', auditSpool });
  const running = service.run(stop.signal);
  const close = async () => {
    stop.abort();
    await running;
    await log.close();
    await auditSpool.close();
    await opened.close();
    state.close();
    await redis.stop();
    await rm(folder, all);
    process.off('exit', atExit);
  };
  return { service, folder, close, redis, state, cluster };
}
