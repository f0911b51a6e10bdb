/** Two whole services over one log that others own and one state, each with a journal and a spool of its own. */

import { openAuditSpool } from '../../connectors/file/audit-spool.js';
import { JournaledLog } from '../../connectors/file/journaled-log.js';
import { atEnd, newFolder } from '../../connectors/file/test-kit.js';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryRemote } from '../../connectors/memory/remote.js';
import { MemoryCluster } from '../../connectors/memory/remote-cluster.js';
import type { MemoryState } from '../../connectors/memory/state.js';
import { systemClock } from '../domain/clock.js';
import { account, recordOf, ticket } from '../fixtures.test-support.js';
import { keepEverything } from '../log/retention.js';
import { defaultTopics, partitionedAs, topicsToOpen } from '../log/topics.js';
import { openService, type Service } from '../pipeline.js';
import { generationOf } from '../retrieval/generation.js';
import { lexicalMethod } from '../retrieval/method.js';

const clock = systemClock;

export function newCluster(): MemoryCluster {
  const cluster = new MemoryCluster(() => clock.wallMs());
  for (const { name, partitions } of topicsToOpen(defaultTopics)) cluster.createTopic(name, partitions);
  cluster.append([recordOf('account', 'A-1', account('A-1')), recordOf('ticket', 'T-1', ticket('T-1'))]);
  return cluster;
}

/** Until the end of the test: `cleanUp` ends it. */
export async function serve(cluster: MemoryCluster, state: MemoryState): Promise<Service> {
  const { rejected, context } = defaultTopics;
  const log = await JournaledLog.open({
    remote: new MemoryRemote(cluster),
    folder: await newFolder(),
    topics: topicsToOpen(defaultTopics).map((topic) => ({ ...topic, retention: keepEverything })),
    ownTopics: [rejected, context],
    clock,
    onReport: () => {},
  });
  atEnd(() => log.close());
  const spooling = { folder: await newFolder(), logId: log.id, clock: () => clock.wallMs(), onReport: () => {} };
  const auditSpool = await openAuditSpool(spooling);
  atEnd(() => auditSpool.close());
  const service = await openService({
    log,
    state,
    index: new MemoryIndex(generationOf(lexicalMethod)),
    method: lexicalMethod,
    clock,
    topics: partitionedAs(defaultTopics, log.topics()),
    audit: 'required',
    isCopy: true,
    auditSpool,
  });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  atEnd(async () => {
    stop.abort();
    await running;
  });
  return service;
}
