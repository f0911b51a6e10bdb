/** Two whole services over one log that others own and one state, each with a journal and a spool of its own. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openAuditSpool } from '../../connectors/file/audit-spool.js';
import { JournaledLog } from '../../connectors/file/journaled-log.js';
import { atEnd, cleanUp, newFolder } from '../../connectors/file/test-kit.js';
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryRemote } from '../../connectors/memory/remote.js';
import { MemoryCluster } from '../../connectors/memory/remote-cluster.js';
import { MemoryState } from '../../connectors/memory/state.js';
import type { Digest } from '../domain/canonical.js';
import { systemClock } from '../domain/clock.js';
import { account, caller, contextRequest, recordOf, tenant, ticket } from '../fixtures.test-support.js';
import { keepEverything } from '../log/retention.js';
import { defaultTopics, partitionedAs, topicsToOpen } from '../log/topics.js';
import { openService, type Service } from '../pipeline.js';
import { replayContent } from '../replay/content.js';
import { generationOf } from '../retrieval/generation.js';

afterEach(cleanUp);

const clock = systemClock;

function newCluster(): MemoryCluster {
  const cluster = new MemoryCluster(() => clock.wallMs());
  for (const { name, partitions } of topicsToOpen(defaultTopics)) cluster.createTopic(name, partitions);
  cluster.append([recordOf('account', 'A-1', account('A-1')), recordOf('ticket', 'T-1', ticket('T-1'))]);
  return cluster;
}

/** Until the end of the test. */
async function serve(cluster: MemoryCluster, state: MemoryState): Promise<Service> {
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
    index: new MemoryIndex(generationOf(null)),
    embedder: null,
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

async function release(service: Service): Promise<{ readonly id: Digest; readonly body: string }> {
  return vi.waitFor(async () => {
    const result = await service.snapshots.snapshot(contextRequest(), caller);
    if (result.kind !== 'released') throw new Error(result.kind);
    const { items } = JSON.parse(result.body) as { items: readonly unknown[] };
    expect(items).toHaveLength(2);
    return result;
  }, 10_000);
}

describe('a snapshot that another instance has released', () => {
  it('is found once it is shipped, and replays to the bytes that were released', async () => {
    const [cluster, state] = [newCluster(), new MemoryState()];
    const [one, other] = [await serve(cluster, state), await serve(cluster, state)];
    const { id, body } = await release(one);
    expect(JSON.parse(body).audit).toEqual({ topic: defaultTopics.context, spooled: expect.stringMatching(/^\d+$/) });
    await vi.waitFor(() => expect(one.audit.spool?.records).toBe(0), 10_000);
    const found = await other.audit.find(tenant, id);
    if (found.kind !== 'found') throw new Error(found.kind);
    expect(found.entry.position).toMatchObject({ kind: 'logged', partition: 0 });
    expect(await replayContent(other.replay, found.entry)).toMatchObject({ verdict: 'MATCH' });
  });

  it('is released and found where it was while the log takes nothing, and elsewhere afterwards', async () => {
    const [cluster, state] = [newCluster(), new MemoryState()];
    const [one, other] = [await serve(cluster, state), await serve(cluster, state)];
    await release(one);
    cluster.goAway();
    const { id } = await release(one);
    expect(await one.audit.find(tenant, id)).toMatchObject({ entry: { position: { kind: 'spooled' } } });
    expect(await other.audit.find(tenant, id)).toEqual({ kind: 'behind' });
    cluster.comeBack();
    await vi.waitFor(async () => expect(await other.audit.find(tenant, id)).toMatchObject({ kind: 'found' }), 10_000);
  });
});
