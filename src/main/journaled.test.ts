/** A whole service on a log that others own, here a cluster in memory: what the composition has to hold together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JournaledLog } from '../../connectors/file/journaled-log.js';
import { MemoryRemote } from '../../connectors/memory/remote.js';
import { MemoryCluster } from '../../connectors/memory/remote-cluster.js';
import { positionsOf } from '../api/positions.js';
import { readConfig } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { partitionKey } from '../domain/position.js';
import { keyOf, policy, recordOf, ticket } from '../fixtures.test-support.js';
import { keepEverything } from '../log/retention.js';
import { defaultTopics, partitionedAs, topicsToOpen } from '../log/topics.js';
import { catchUp } from '../materializer/catch-up.js';
import { openService } from '../pipeline.js';
import { enginesOn } from './engines.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function newCluster(): MemoryCluster {
  const cluster = new MemoryCluster(() => systemClock.wallMs());
  for (const { name, partitions } of topicsToOpen(defaultTopics)) cluster.createTopic(name, partitions);
  return cluster;
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'tidemark-journaled-'));

/** Until `close`, or the end of the test. */
async function serve(cluster: MemoryCluster, folder: string) {
  const topics = topicsToOpen(defaultTopics).map((topic) => ({ ...topic, retention: keepEverything }));
  const { rejected, context } = defaultTopics;
  const remote = new MemoryRemote(cluster);
  const reports: string[] = [];
  const onReport = ({ kind }: { kind: string }) => reports.push(kind);
  const log = await JournaledLog.open({
    remote,
    folder,
    topics,
    ownTopics: [rejected, context],
    clock: systemClock,
    onReport,
  });
  const config = readConfig({ LOG_URL: 'kafka://test', JOURNAL_URL: `file:${folder}` });
  const engines = {
    ...enginesOn(log, config, partitionedAs(config.topics, log.topics())),
    accepting: log,
    isCopy: true,
  };
  const service = await openService(engines);
  const stop = new AbortController();
  const running = service.run(stop.signal);
  const close = async () => {
    stop.abort();
    await running;
    await log.close();
  };
  const names = [...defaultTopics.sources.map(({ name }) => name), rejected];
  await catchUp(log, engines.state, names, { signal: stop.signal, onProgress: () => {} });
  return { service, log, reports, close, engines };
}

const statusOf = async ({ engines }: Awaited<ReturnType<typeof serve>>, id: string) =>
  (await engines.state.entities([keyOf('ticket', id)]))[0]?.status;

describe('a service on topics of others', () => {
  it('folds what the topics have, and goes on after a restart where its checkpoint ends', async () => {
    const [cluster, folder] = [newCluster(), newFolder()];
    cluster.append([recordOf('ticket', 'T-1', ticket('T-1'))]);
    const first = await serve(cluster, folder);
    expect(await statusOf(first, 'T-1')).toBe('present');
    await first.service.keeping?.checkpointer.write();
    await first.close();
    cluster.append([recordOf('ticket', 'T-2', ticket('T-2'))]);
    const second = await serve(cluster, folder);
    closers.push(second.close);
    expect(second.service.start.from).toBe('checkpoint 1');
    expect(await Promise.all(['T-1', 'T-2'].map((id) => statusOf(second, id)))).toEqual(['present', 'present']);
  });

  it('accounts for every record it was given, and for no marker and nothing that was aborted', async () => {
    const [cluster, folder] = [newCluster(), newFolder()];
    for (const [id, outcome] of [
      ['T-1', 'abort'],
      ['T-2', 'commit'],
      ['T-3', 'abort'],
      ['T-4', 'commit'],
    ] as const) {
      const transaction = cluster.begin();
      transaction.append([recordOf('ticket', id, ticket(id))]);
      transaction[outcome]();
    }
    for (const start of ['first', 'from its checkpoint']) {
      const served = await serve(cluster, folder);
      const counts = (await positionsOf(served.service)).flatMap(({ applied }) => applied?.accountedFor ?? []);
      expect([start, counts.reduce((sum, { records }) => sum + records, 0n)]).toEqual([start, 2n]);
      for (const { records, counted } of counts) expect(counted).toBe(records);
      await served.service.keeping?.checkpointer.write();
      await served.close();
    }
  });

  it('starts from a checkpoint made before a topic had anything, of which the first is never seen', async () => {
    const [cluster, folder] = [newCluster(), newFolder()];
    const first = await serve(cluster, folder);
    cluster.append([recordOf('policy', 'P-1', policy('P-1'))]);
    await vi.waitFor(async () => expect((await first.engines.state.progress()).size).toBe(1));
    await first.service.keeping?.checkpointer.write();
    const transaction = cluster.begin();
    transaction.append([recordOf('ticket', 'T-1', ticket('T-1'))]);
    transaction.abort();
    cluster.append([recordOf('ticket', 'T-1', ticket('T-1'))]);
    await vi.waitFor(async () => expect(await statusOf(first, 'T-1')).toBe('present'));
    await first.close();
    const second = await serve(cluster, folder);
    closers.push(second.close);
    expect(second.service.start).toMatchObject({ from: 'checkpoint 1', notices: [] });
    expect(await statusOf(second, 'T-1')).toBe('present');
  });

  it('copies a journal that was lost again, though its checkpoints are there and the topics begin later now; all adds up', async () => {
    const [cluster, folder] = [newCluster(), newFolder()];
    cluster.append(['T-1', 'T-2', 'T-3'].map((id) => recordOf('ticket', id, ticket(id))));
    const first = await serve(cluster, folder);
    await first.service.keeping?.checkpointer.write();
    await first.close();
    for (const lost of ['topics', 'journal.json', 'marks.json']) rmSync(join(folder, lost), { recursive: true });
    for (let partition = 0; partition < 4; partition++) {
      cluster.change(partitionKey('support.tickets', partition), (one) => one.deleteBefore(one.marks.end));
    }
    cluster.append([recordOf('ticket', 'T-4', ticket('T-4'))]);
    for (let start = 0; start < 2; start++) {
      const again = await serve(cluster, folder);
      expect(again.service.start).toMatchObject({ from: null });
      expect(await statusOf(again, 'T-4')).toBe('present');
      for (const { applied } of await positionsOf(again.service))
        expect(applied?.accountedFor.counted).toBe(applied?.accountedFor.records);
      await again.close();
    }
  });

  it('begins where the topics do, says what it cannot know, and starts again from its checkpoint', async () => {
    const [cluster, folder] = [newCluster(), newFolder()];
    cluster.append([recordOf('ticket', 'T-1', ticket('T-1')), recordOf('ticket', 'T-2', ticket('T-2'))]);
    for (let partition = 0; partition < 4; partition++) {
      cluster.change(partitionKey('support.tickets', partition), (one) => one.deleteBefore(one.marks.end));
    }
    const first = await serve(cluster, folder);
    expect(first.reports).toContain('copy_begun_late');
    expect(first.service.start.notices).toEqual([expect.stringContaining('(support.tickets)')]);
    cluster.append([recordOf('ticket', 'T-2', ticket('T-2'))]);
    await first.service.keeping?.checkpointer.write();
    await first.close();
    const second = await serve(cluster, folder);
    closers.push(second.close);
    expect(second.service.start).toMatchObject({ from: 'checkpoint 1', notices: [] });
    expect(await statusOf(second, 'T-2')).toBe('present');
  });
});
