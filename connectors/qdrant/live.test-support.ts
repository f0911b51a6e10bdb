/** What live tests of this connector share: collections of their own, dropped afterwards. */
import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { systemClock } from '../../src/domain/clock.js';
import type { IndexAnswer, IndexMark, IndexQuery, IndexWrite, RetrievalIndex } from '../../src/retrieval/port.js';
import { collectionName } from './collection.js';
import { QdrantIndex, type QdrantParts } from './index.js';
import type { IndexSource, RefillReason } from './keeper.js';

export interface LiveParts extends QdrantParts {
  readonly source: StandInSource;
}

interface Given extends Partial<QdrantParts> {
  readonly alias?: string;
  readonly contents?: string;
  readonly refill?: (why: RefillReason) => Promise<void>;
}

/** What a state would say; nothing of it is pending. */
export class StandInSource implements IndexSource {
  named: IndexMark | null = null;
  pending = 0;
  readonly #refill: (why: RefillReason) => Promise<void>;

  constructor(
    public held: string,
    refill: (why: RefillReason) => Promise<void>,
  ) {
    this.#refill = refill;
  }

  contents = async () => this.held;
  mark = async () => this.named;
  pendingCount = async () => this.pending;

  async refill(by: IndexMark, why: RefillReason): Promise<void> {
    await this.#refill(why);
    this.named = by;
  }
}

/** A history of its own unless one is named. */
export function liveParts(url: string, given: Given = {}): LiveParts {
  const {
    alias = `test-${randomUUID().slice(0, 8)}`,
    contents = randomUUID(),
    refill = async () => {},
    ...parts
  } = given;
  return {
    settings: { url, apiKey: null, alias },
    generation: 'test',
    dimensions: 2,
    clock: systemClock,
    ...parts,
    source: new StandInSource(contents, refill),
  };
}

export function nameOf({ settings, generation, source, dimensions }: LiveParts): string {
  return collectionName({ alias: settings.alias, generation, contents: source.held, dimensions });
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

  parts(given: Given = {}): LiveParts {
    return liveParts(this.#url, given);
  }

  async open(parts: LiveParts = this.parts()): Promise<QdrantIndex> {
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
