/**
 * A search over policies in Qdrant with the state in Redis, from the request to the reply with its audit record, against what the server
 * itself reports for the same questions: of the two of a page the slower one counts, and a search asks for as many pages as it takes to
 * prove that nothing better was left out. Proposals are confirmed against the state and scored here.
 */

import type { Hono } from 'hono';
import { QdrantIndex } from '../../../connectors/qdrant/index.js';
import { denseRequest, sparseRequest } from '../../../connectors/qdrant/requests.js';
import { questionVector } from '../../../connectors/qdrant/sparse.js';
import type { RedisState } from '../../../connectors/redis/state.js';
import { createApp } from '../../../src/api/app.js';
import { noAuthentication } from '../../../src/api/auth.js';
import { canonicalJson } from '../../../src/domain/canonical.js';
import { systemClock } from '../../../src/domain/clock.js';
import { recordKey } from '../../../src/domain/record-key.js';
import { limits } from '../../../src/limits.js';
import type { NewRecord } from '../../../src/log/port.js';
import { defaultTopics, topicAbout } from '../../../src/log/topics.js';
import { createLogger } from '../../../src/observability/logger.js';
import { generationOf } from '../../../src/retrieval/generation.js';
import { HashingEmbedder } from '../../../src/retrieval/hashing-embedder.js';
import { methodWith } from '../../../src/retrieval/method.js';
import type { IndexQuery } from '../../../src/retrieval/port.js';
import { OwnQdrant } from '../../live/qdrant.js';
import { Unavailable as MissingService } from '../../live/services/tools.js';
import { isRealQdrant, qdrantProgram, qdrantUrl } from '../../live/settings.js';
import { size } from '../../prove/settings.js';
import { postJson } from '../bench-service.js';
import { type BenchPassage, benchPassages, benchQuestions } from '../corpus.js';
import { type Opened, type Row, spread, type Unavailable } from '../harness.js';
import { openRedisWorld } from '../redis/world.js';
import { settle } from '../snapshot-world.js';

/** The full size with `TIDEMARK_PROVE=full`: the index of it alone takes minutes to be built. */
const PASSAGES = size(20_000, 100_000);
const TENANTS = 20;
const REQUESTS = 100;
const BATCH = 1_000;
const INDEXED_WITHIN_MS = 1_200_000;

export const qdrantSearch: Row = {
  name: `qdrant: search over ${PASSAGES.toLocaleString('en')} passages in ${TENANTS} tenants, p50 of the whole search ÷ the time that the server reports`,
  unit: 'ms',
  better: 'low',
  goal: { ship: 4, stretch: 2.5 },
  open: async () => {
    try {
      return await opened(await openServer());
    } catch (error) {
      if (error instanceof MissingService) return { unavailable: `no Qdrant to measure with: ${error.message}` };
      throw error;
    }
  },
};

interface Server {
  readonly url: string;
  readonly kind: string;
  stop(): Promise<void>;
}

async function openServer(): Promise<Server> {
  const url = qdrantUrl();
  if (url !== undefined) return { url, kind: isRealQdrant() ? 'a server' : 'the shim', stop: async () => {} };
  const own = await OwnQdrant.start();
  return {
    url: own.url,
    kind: qdrantProgram() === undefined ? "Qdrant's engine behind the test shim" : 'a server',
    stop: () => own.stop(),
  };
}

async function opened(server: Server): Promise<Opened | Unavailable> {
  const asked = new Asked(server.url, `bench-${process.pid}`);
  const world = await openRedisWorld((state) => asked.open(state));
  if ('unavailable' in world) {
    await server.stop();
    return world;
  }
  const { service, cluster } = world;
  const passages = benchPassages(PASSAGES);
  for (let at = 0; at < PASSAGES; at += BATCH) cluster.append(passages.slice(at, at + BATCH).map(policyRecord));
  await settle(service);
  await service.indexer.idle(AbortSignal.timeout(INDEXED_WITHIN_MS));
  const logger = createLogger({ level: 'silent' });
  const apps = Array.from({ length: TENANTS }, (_, n): Hono => {
    return createApp(service, { auth: noAuthentication(tenantOf(n)), logger, version: 'bench' });
  });
  const questions = benchQuestions(REQUESTS);
  const ours = async () => {
    asked.searches.length = 0;
    const timesMs: number[] = [];
    for (const [n, question] of questions.entries()) {
      const app = apps[n % TENANTS];
      if (app === undefined) continue;
      asked.searches.push([]);
      const startedAtMs = performance.now();
      await postJson(app, '/v1/search', { question, limit: limits.searchResultsDefault });
      timesMs.push(performance.now() - startedAtMs);
    }
    return spread(timesMs).median;
  };
  const close = async () => {
    await world.close();
    await server.stop();
  };
  const note = () => `${server.kind}; ${asked.pages} pages a search, ${asked.proposals} proposals`;
  return { ours, baseline: () => asked.reportedMs(), note, close };
}

/** An index that keeps what it was asked, so that the same can be asked of the server alone. */
class Asked {
  /** Pages of each search of the last round. */
  readonly searches: IndexQuery[][] = [];
  /** Medians over the searches. */
  pages = Number.NaN;
  proposals = Number.NaN;
  readonly #url: string;
  readonly #alias: string;

  constructor(url: string, alias: string) {
    this.#url = url;
    this.#alias = alias;
  }

  async open(state: RedisState) {
    const embedder = new HashingEmbedder();
    const method = methodWith(embedder);
    const qdrant = await QdrantIndex.open({
      settings: { url: this.#url, apiKey: null, alias: this.#alias },
      clock: systemClock,
      generation: generationOf(method),
      dimensions: embedder.identity.dimensions,
      source: {
        contents: () => state.contents(),
        mark: () => state.indexMark(),
        pendingCount: () => state.pendingCount(),
        refill: async (by) => void (await state.repend(by)),
      },
    });
    const { search } = qdrant;
    qdrant.search = (query) => {
      this.searches.at(-1)?.push(query);
      return search.call(qdrant, query);
    };
    return { index: qdrant, method, close: () => qdrant.close() };
  }

  /** Median over the searches of the last round. */
  async reportedMs(): Promise<number> {
    const timesMs: number[] = [];
    for (const pages of this.searches) {
      let sumMs = 0;
      for (const page of pages) sumMs += await this.#pageMs(page);
      timesMs.push(sumMs);
    }
    this.pages = spread(this.searches.map(({ length }) => length)).median;
    this.proposals = spread(this.searches.map((pages) => Math.max(0, ...pages.map(sizeOf)))).median;
    return spread(timesMs).median;
  }

  async #pageMs(page: IndexQuery): Promise<number> {
    const { scope, question } = page;
    const terms = questionVector(question);
    const requests = [
      ...(question.vector === null ? [] : [denseRequest(scope, question.vector, sizeOf(page))]),
      ...(terms.indices.length === 0 ? [] : [sparseRequest(scope, terms, sizeOf(page))]),
    ];
    return Math.max(...(await Promise.all(requests.map((request) => this.#timeMs(request)))));
  }

  async #timeMs({ consistency, ...request }: ReturnType<typeof denseRequest | typeof sparseRequest>): Promise<number> {
    const reply = await fetch(`${this.#url}/collections/${this.#alias}/points/query?consistency=${consistency}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'identity' },
      body: JSON.stringify(request),
    });
    const { time } = (await reply.json()) as { readonly time?: number };
    if (typeof time !== 'number') throw new Error(`Qdrant reported no time: HTTP ${reply.status}`);
    return time * 1_000;
  }
}

/** As the index asks at first for what is asked of it. */
function sizeOf({ limit }: IndexQuery): number {
  return Math.min(Math.max(2 * limit, limits.indexProposalsMin), limits.indexProposalsMax);
}

function tenantOf(n: number): string {
  return `tenant-${n % TENANTS}`;
}

function policyRecord({ id, text }: BenchPassage): NewRecord {
  const tenant = tenantOf(Number(id.slice(2)));
  const data = { id, policyId: id, version: 1, title: 'Policy', body: text, effectiveFrom: '2025-01-01' };
  const event = {
    specversion: '1.0',
    id: `e-${id}`,
    source: '/bench',
    type: 'policy.published',
    subject: id,
    time: '2026-01-01T00:00:00Z',
    tenant,
    data: { ...data, effectiveTo: null },
  };
  return {
    topic: topicAbout(defaultTopics, 'policy').name,
    key: recordKey(tenant, id),
    headers: [['content-type', Buffer.from('application/cloudevents+json; charset=utf-8')]],
    value: Buffer.from(canonicalJson(event)),
  };
}
