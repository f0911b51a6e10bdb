/** What the rows about snapshots share: a service that holds one ordinary account, listening as the product listens. */
import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { createApp } from '../../src/api/app.js';
import { noAuthentication } from '../../src/api/auth.js';
import type { AuditLog } from '../../src/audit/port.js';
import { type Listening, listen } from '../../src/cli/server.js';
import { systemClock } from '../../src/domain/clock.js';
import { defaultTopics } from '../../src/log/topics.js';
import { catchUp } from '../../src/materializer/catch-up.js';
import { createLogger } from '../../src/observability/logger.js';
import { openService, type Service } from '../../src/pipeline.js';
import { openPast } from '../../src/replay/past.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { IndexCandidates } from '../../src/snapshot/candidates.js';
import { RankingRetriever } from '../../src/snapshot/ranking-retriever.js';
import { reportsNoSnapshot } from '../../src/snapshot/report.js';
import { SnapshotService } from '../../src/snapshot/service.js';
import { snapshotEvents } from './events.js';
import { openScratchLog } from './scratch-log.js';

export const tenant = 'bench';
/** Asks for the account of `snapshotEvents`. */
export const requestBody = JSON.stringify({ account: 'A-1' });

export interface SnapshotWorld {
  readonly service: Service;
  close(): Promise<void>;
}

export async function openSnapshotWorld(): Promise<SnapshotWorld> {
  const { log, remove } = await openScratchLog();
  const stop = new AbortController();
  const service = await openService({
    log,
    state: new MemoryState(),
    index: new MemoryIndex(generationOf(null)),
    embedder: null,
    clock: systemClock,
    topics: defaultTopics,
    audit: 'required',
  });
  const running = service.run(stop.signal);
  await service.intake.append(tenant, snapshotEvents(tenant));
  const { state, topics } = service.engines;
  const names = topics.sources.map(({ name }) => name);
  await catchUp(log, state, names, { signal: stop.signal, onProgress: () => {} });
  const close = async () => {
    stop.abort();
    await running;
    await remove();
  };
  return { service, close };
}

/**
 * The same service with an audit log that records nothing. No configuration of the product does this (P9): it is built here, of the
 * product's own parts, to tell what recording costs.
 */
export function withoutAudit(service: Service): Service {
  const { state, index, clock, topics } = service.engines;
  const { journal, decisionOn, retriever } = service.replay;
  const snapshots = new SnapshotService({
    state,
    retriever: new RankingRetriever(index.generation, new IndexCandidates(index), null),
    past: { open: (subject, through) => openPast({ journal, decisionOn }, subject, through), journal, retriever },
    report: reportsNoSnapshot,
    witness: service.witness,
    audit: recordsNothing,
    auditing: 'required',
    clock,
    identity: service.identity,
    topics,
  });
  return { ...service, snapshots, audit: recordsNothing };
}

const nowhere = {
  topic: defaultTopics.context,
  incarnation: { id: 'none', ordinal: 1 },
  partition: 0,
  leaderEpoch: 0,
  offset: 0n,
};

const recordsNothing: AuditLog = {
  record: async () => nowhere,
  find: async () => ({ kind: 'not_found' }),
  count: 0,
};

/** Listens as `tidemark serve` does, without its log lines. */
export async function serveWorld(service: Service): Promise<Listening & { readonly context: string }> {
  const logger = createLogger({ level: 'silent' });
  const app = createApp(service, { auth: noAuthentication(tenant), logger, version: 'bench' });
  const listening = await listen(app, '127.0.0.1', 0);
  return { ...listening, context: `${listening.url}/v1/context` };
}

/** One answer of it. */
export async function answerOf(url: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: requestBody });
  return response.text();
}
