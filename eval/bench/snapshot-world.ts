/** What the rows about snapshots share: a service that holds one ordinary account, listening as the product listens. */

import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { createApp } from '../../src/api/app.js';
import { noAuthentication } from '../../src/api/auth.js';
import type { AuditLog } from '../../src/audit/port.js';
import { type Listening, listen } from '../../src/cli/server.js';
import type { Digest } from '../../src/domain/canonical.js';
import { systemClock } from '../../src/domain/clock.js';
import { kindNames } from '../../src/domain/kinds/index.js';
import { limits } from '../../src/limits.js';
import { defaultTopics } from '../../src/log/topics.js';
import { catchUp } from '../../src/materializer/catch-up.js';
import { createLogger } from '../../src/observability/logger.js';
import { openService, type Service } from '../../src/pipeline.js';
import { openPast } from '../../src/replay/past.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod } from '../../src/retrieval/method.js';
import { IndexCandidates, markedCoverage } from '../../src/snapshot/candidates.js';
import { RankingRetriever } from '../../src/snapshot/ranking-retriever.js';
import { reportsNoSnapshot } from '../../src/snapshot/report.js';
import type { Consistency, SnapshotRequest } from '../../src/snapshot/request.js';
import { type SnapshotParts, SnapshotService } from '../../src/snapshot/service.js';
import { snapshotEvents } from './events.js';
import { type Load, loadFrom } from './load.js';
import { openScratchLog } from './scratch-log.js';

export const tenant = 'bench';
/** Asks for the account of `snapshotEvents`. */
export const requestBody = JSON.stringify({ account: 'A-1' });

export interface SnapshotWorld {
  readonly service: Service;
  /** Of the log; other files of a measurement may go there. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function openSnapshotWorld(): Promise<SnapshotWorld> {
  const { log, folder, remove } = await openScratchLog();
  const stop = new AbortController();
  const service = await openService({
    log,
    state: new MemoryState(),
    index: new MemoryIndex(generationOf(lexicalMethod)),
    method: lexicalMethod,
    clock: systemClock,
    topics: defaultTopics,
    audit: 'required',
  });
  const running = service.run(stop.signal);
  await service.intake.append(tenant, snapshotEvents(tenant));
  await settle(service);
  const close = async () => {
    stop.abort();
    await running;
    await remove();
  };
  return { service, folder, close };
}

/** Waits until everything in the log is applied. */
export async function settle({ engines: { log, state, topics } }: Service): Promise<void> {
  const names = topics.sources.map(({ name }) => name);
  await catchUp(log, state, names, { signal: new AbortController().signal, onProgress: () => {} });
}

/** Asks for the account of `snapshotEvents`, in process. */
export function probeRequest(consistency: Pick<Consistency, 'level' | 'atLeast' | 'onViolation'>): SnapshotRequest {
  return {
    mode: 'context',
    tenant,
    account: 'A-1',
    question: null,
    purpose: null,
    kinds: allKinds,
    tokenBudget: limits.tokenBudgetDefault,
    limits: { policies: limits.policiesMax, tickets: limits.closedTicketsMax },
    consistency: { ...consistency, maxStalenessMs: limits.maxStalenessMsDefault, deadlineMs: limits.deadlineMsMax },
    asOf: null,
  };
}

const allKinds = [...kindNames].sort();

/** The same service with an audit log that records nothing. No configuration of the product does this (P9). */
export function withoutAudit(service: Service): Service {
  return rebuilt(service, { audit: recordsNothing });
}

/** The same service with digests that are always the same. Its snapshots are recorded, and cannot be found again. */
export function withoutHashing(service: Service): Service {
  return rebuilt(service, { digest: () => sameDigest });
}

const sameDigest: Digest = `sha256-${'0'.repeat(64)}`;

/** Built here of the product's own parts, to tell what one of them costs. */
function rebuilt(service: Service, other: Partial<Pick<SnapshotParts, 'audit' | 'digest'>>): Service {
  const { state, index, method, clock, topics } = service.engines;
  const { journal, decisionOn, retriever } = service.replay;
  const ranking = { method, vectors: null, generation: index.generation };
  const live = new RankingRetriever(ranking, new IndexCandidates(index, markedCoverage(state)));
  const { audit, identity, witness } = service;
  const snapshots = new SnapshotService({
    state,
    retrieval: () => ({ live, past: retriever }),
    past: { open: (subject, through) => openPast({ journal, decisionOn }, subject, through), journal },
    report: reportsNoSnapshot,
    auditing: 'required',
    clock,
    topics,
    audit,
    identity,
    witness,
    ...other,
  });
  return { ...service, snapshots };
}

const nowhere = {
  kind: 'logged',
  topic: defaultTopics.context,
  incarnation: { id: 'none', ordinal: 1 },
  partition: 0,
  leaderEpoch: 0,
  offset: 0n,
} as const;

const recordsNothing: AuditLog = {
  record: async () => nowhere,
  find: async () => ({ kind: 'not_found' }),
  count: 0,
  spool: null,
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

const WARM_ANSWERS = 30_000;
const WARM_MS_MAX = 20_000;

/**
 * Until compilers have done what they will do: code that a baseline runs as a whole is warm long before code of many parts. Counted
 * in answers, because seconds of a machine that has other work warm nothing.
 */
export async function warmUp(
  url: string,
  asked: Pick<Load, 'body' | 'headers'> = { body: requestBody },
): Promise<void> {
  const endsAtMs = performance.now() + WARM_MS_MAX;
  const load = { url, ...asked, connections: 16, perSecond: null, forMs: 1_000 };
  for (let answers = 0; answers < WARM_ANSWERS && performance.now() < endsAtMs; ) {
    answers += (await loadFrom(load)).answersPerSecond;
  }
}
