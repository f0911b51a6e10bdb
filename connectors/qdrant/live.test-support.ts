/** What live tests of this connector share: collections of their own, dropped afterwards. */
import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { systemClock } from '../../src/domain/clock.js';
import type { IndexAnswer, IndexQuery, IndexWrite, RetrievalIndex } from '../../src/retrieval/port.js';
import { collectionName } from './collection.js';
import { QdrantIndex, type QdrantParts } from './index.js';

/** A history of its own unless one is named. */
export function liveParts(url: string, given: Partial<QdrantParts> & { readonly alias?: string } = {}): QdrantParts {
  const { alias = `test-${randomUUID().slice(0, 8)}`, ...parts } = given;
  return {
    settings: { url, apiKey: null, alias },
    generation: 'test',
    contents: randomUUID(),
    dimensions: 2,
    clock: systemClock,
    refill: async () => {},
    ...parts,
  };
}

export function nameOf({ settings, generation, contents, dimensions }: QdrantParts): string {
  return collectionName({ alias: settings.alias, generation, contents, dimensions });
}

export class LiveQdrant {
  readonly client: QdrantClient;
  readonly #url: string;
  readonly #opened: { readonly index: QdrantIndex; readonly name: string }[] = [];

  constructor(url: string) {
    this.#url = url;
    const { hostname, port } = new URL(url === '' ? 'http://127.0.0.1:1' : url);
    const headers = { 'accept-encoding': 'identity' };
    this.client = new QdrantClient({ host: hostname, port: Number(port), checkCompatibility: false, headers });
  }

  parts(given: Parameters<typeof liveParts>[1] = {}): QdrantParts {
    return liveParts(this.#url, given);
  }

  async open(parts: QdrantParts = this.parts()): Promise<QdrantIndex> {
    const index = await QdrantIndex.open(parts);
    this.#opened.push({ index, name: nameOf(parts) });
    return index;
  }

  async close(): Promise<void> {
    for (const { index, name } of this.#opened.splice(0)) {
      await index.close();
      await this.client.deleteCollection(name);
    }
  }
}

/** An empty index in no time: tenants of its own in a collection that others use as well. */
export class OwnTenants implements RetrievalIndex {
  readonly generation: string;
  readonly isDurable = true;
  readonly #index: QdrantIndex;
  readonly #prefix = `${randomUUID()}:`;

  constructor(index: QdrantIndex) {
    this.#index = index;
    this.generation = index.generation;
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    await this.#index.apply(
      writes.map((write) => ({ ...write, key: { ...write.key, tenant: this.#own(write.key.tenant) } })),
    );
  }

  async search(query: IndexQuery): Promise<IndexAnswer> {
    const { hits, beyond } = await this.#index.search({
      ...query,
      scope: { ...query.scope, tenant: this.#own(query.scope.tenant) },
    });
    const told = hits.map((hit) => ({
      ...hit,
      key: { ...hit.key, tenant: hit.key.tenant.slice(this.#prefix.length) },
    }));
    return { hits: told, beyond };
  }

  async count(tenant: string): Promise<number> {
    return await this.#index.count(this.#own(tenant));
  }

  /** None stays none: that is refused. */
  #own(tenant: string): string {
    return tenant === '' ? '' : this.#prefix + tenant;
  }
}
