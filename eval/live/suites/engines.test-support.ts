/**
 * Sets of engines for suites that were written for any: stores as `main.ts` opens them from settings, with keys and collections of their
 * own, beside whatever log. What goes to Qdrant and comes back is held against its OpenAPI document.
 */
import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { readConfig } from '../../../src/config.js';
import { openStores } from '../../../src/main/stores.js';
import { ownsEverything } from '../../../src/materializer/ownership.js';
import type { LogHome, MakeHome } from '../../flow/home.test-support.js';
import type { OpenStores } from '../../flow/service.test-support.js';
import { type CheckedQdrant, checkedQdrant, openApiMissing, openApiPath } from '../services/qdrant-openapi.js';
import { kafkaMissing, kafkaUrl, qdrantMissing, qdrantUrl, redisMissing, redisUrl } from '../settings.js';
import { patient } from './patient.test-support.js';

export interface EnginesPlan {
  /** `redis://…` or `redis+cluster://…`. */
  readonly redis: string;
  /** Absent: the index is in memory. */
  readonly qdrant?: string;
  /** Absent: retrieval is lexical. */
  readonly embedder?: 'hashing';
}

export type StoreSettings = Readonly<Record<string, string>>;

const servers = {
  kafka: [kafkaUrl, kafkaMissing],
  redis: [redisUrl, redisMissing],
  qdrant: [qdrantUrl, qdrantMissing],
} as const;

/** Why what takes all of these cannot be tested here; undefined when it can. */
export function missingOf(wanted: readonly (keyof typeof servers)[]): string | undefined {
  const missing = wanted.map((name) => servers[name]).find(([url]) => url() === undefined);
  return missing?.[1]();
}

/** Of one file of tests; closed, it leaves nothing in the engines. */
export class LiveEngines {
  /** Begins the names of all keys and collections. */
  readonly #own = `t-${randomUUID()}`;
  #count = 0;

  private constructor(
    readonly plan: EnginesPlan,
    readonly checked: CheckedQdrant | null,
  ) {}

  static async open(plan: EnginesPlan): Promise<LiveEngines> {
    return new LiveEngines(plan, plan.qdrant === undefined ? null : await checkedQdrant(plan.qdrant));
  }

  /** Of stores that nobody has used before. */
  settings(): StoreSettings {
    const name = `${this.#own}-${++this.#count}`;
    const { redis, embedder } = this.plan;
    return {
      STATE_URL: redis,
      REDIS_PREFIX: name,
      ...(this.checked === null ? {} : { INDEX_URL: this.checked.url, QDRANT_COLLECTION: name }),
      ...(embedder === undefined ? {} : { EMBEDDER: embedder }),
    };
  }

  /** Homes of such logs with stores of their own. */
  beside(makeLog: MakeHome): MakeHome {
    return async () => withStores(await makeLog(), storesOf(this.settings()));
  }

  async close(): Promise<void> {
    await removeKeys(this.plan.redis, this.#own);
    if (this.checked === null) return;
    await removeCollections(this.plan.qdrant ?? '', this.#own);
    await this.checked.close();
  }
}

/** The answers of these are what those of other engines are compared with: all in memory, with the same embedder. */
export function inMemory(makeLog: MakeHome, { embedder }: Pick<EnginesPlan, 'embedder'> = {}): MakeHome {
  const stores = storesOf(embedder === undefined ? {} : { EMBEDDER: embedder });
  return async () => withStores(await makeLog(), stores);
}

/** Each time over what those settings name; one instance has them to itself. */
export function storesOf(settings: StoreSettings): OpenStores {
  const config = readConfig(settings);
  return async (logId) => {
    const { state, memory, index, method, close } = await openStores(config, logId, {
      tell: () => undefined,
      signal: undefined,
    });
    const outliving = memory === null ? { ownership: ownsEverything } : {};
    return { state: patient(state), index: patient(index), method, ...outliving, close };
  };
}

/** To be asked after all other tests of the file. */
export function openApiCase(engines: () => LiveEngines): void {
  it.skipIf(openApiPath() === undefined)(`speaks with Qdrant as its document says (${openApiMissing})`, () => {
    const { checked } = engines();
    expect(checked?.violations).toEqual([]);
    expect(checked?.exchanges).toBeGreaterThan(100);
  });
}

function withStores(log: LogHome, stores: OpenStores): LogHome {
  return { open: (clock) => log.open(clock), remove: () => log.remove(), stores };
}

/** Of a cluster nothing: it is the file's own, and ends with it. */
async function removeKeys(url: string, prefix: string): Promise<void> {
  if (!url.startsWith('redis://')) return;
  const client = new Redis(url);
  for await (const keys of client.scanStream({ match: `*${prefix}*`, count: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys);
  }
  client.disconnect();
}

async function removeCollections(url: string, prefix: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const client = new QdrantClient({ host: hostname, port: Number(port), checkCompatibility: false });
  const { collections } = await client.getCollections();
  for (const { name } of collections) if (name.startsWith(prefix)) await client.deleteCollection(name);
}
