/**
 * The retrieval index in Qdrant. It proposes roughly and says how roughly (`bounds.ts`), so the ranking is exact; it believes no point
 * that is not of the tenant and kind asked for. It is filled from what the state has pending, never from the log.
 */
import type { Clock } from '../../src/domain/clock.js';
import { type EntityKey, entityKeyText } from '../../src/domain/entity.js';
import { invariant, TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { IndexAnswer, IndexQuery, IndexWrite, RetrievalIndex } from '../../src/retrieval/port.js';
import { indexUnavailable } from '../../src/retrieval/unavailable.js';
import { isFailure, QdrantCalls, QdrantFailure, type QdrantSettings } from './calls.js';
import { type CollectionIdentity, collectionName, ensureCollection, publishCollection, refusal } from './collection.js';
import { type HeldEntity, heldEntities } from './held.js';
import { type Marker, markerPoint } from './points.js';
import { countOf, onlyPayloadOf, type Page, pageOf } from './replies.js';
import { countRequest, markerRequest, removeRequest, scrollRequest, upsertRequest } from './requests.js';
import { search } from './search.js';
import { Standing } from './standing.js';
import { Watcher } from './watcher.js';
import { Writer } from './writer.js';

export interface QdrantParts extends Omit<CollectionIdentity, 'alias'> {
  readonly settings: QdrantSettings;
  readonly clock: Clock;
  /** Makes everything that the index is to hold pending (`StateStore.repend`): the collection is new, or was lost and is there again. */
  readonly refill: (why: 'new' | 'lost') => Promise<void>;
  /** Told each time the index could not be watched or mended; it is tried again. */
  readonly failed?: (error: unknown) => void;
}

/** Counted since the start. */
export interface QdrantFacts {
  /** Points that came in answers and were not served: foreign, damaged, or no passages. */
  dropped: number;
  /** Times the collection was found lost. */
  lost: number;
}

export class QdrantIndex implements RetrievalIndex {
  readonly generation: string;
  readonly isDurable = true;
  readonly facts: QdrantFacts = { dropped: 0, lost: 0 };
  readonly #parts: QdrantParts;
  readonly #calls: QdrantCalls;
  readonly #standing: Standing;
  readonly #watcher: Watcher;
  readonly #collection: string;

  private constructor(parts: QdrantParts) {
    this.#parts = parts;
    this.generation = parts.generation;
    this.#collection = collectionName(this.#identity);
    const { clock, failed = () => {} } = parts;
    this.#watcher = new Watcher({ everyMs: limits.indexWatchMs, clock, failed, look: () => this.#tick() });
    this.#calls = new QdrantCalls(parts.settings, () => this.#watcher.wake());
    this.#standing = new Standing(this.#identity, () => this.#watcher.wake());
  }

  /**
   * Rejects with `unreachable` where nothing answers as Qdrant does, and with `config_invalid` where the key is wrong or what stands
   * there is not of this build and this history.
   */
  static async open(parts: QdrantParts): Promise<QdrantIndex> {
    const index = new QdrantIndex(parts);
    try {
      await index.#mend('new');
    } catch (error) {
      throw error instanceof QdrantFailure ? openError(error) : error;
    }
    index.#watcher.start();
    return index;
  }

  async close(): Promise<void> {
    await this.#watcher.stop();
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    for (const write of writes) this.#requireWritable(write);
    const writer = new Writer(this.#calls, this.#collection, this.#standing);
    await this.#inTime(() => writer.apply(writes));
  }

  async search(query: IndexQuery): Promise<IndexAnswer> {
    requireTenant(query.scope.tenant);
    this.#requireDimension(query.question.vector);
    return await this.#inTime(async () => {
      const [found] = await Promise.all([search(this.#calls, this.#collection, query), this.#look()]);
      this.facts.dropped += found.dropped;
      return found.answer;
    });
  }

  async count(tenant: string): Promise<number> {
    requireTenant(tenant);
    const request = countRequest(tenant);
    return await this.#inTime(async () =>
      countOf(await this.#calls.ask((client) => client.count(this.#collection, request))),
    );
  }

  /** Everything it holds of a tenant, or of all (null), tombstones too, in no order; what is written meanwhile may be missing. */
  held(tenant: string | null): AsyncGenerator<HeldEntity> {
    if (tenant !== null) requireTenant(tenant);
    return heldEntities(this.#pages(tenant), () => {
      this.facts.dropped += 1;
    });
  }

  /**
   * Takes out entities that the state has never heard of, up to the revisions seen. Without a tombstone: the state would count its
   * revisions from the beginning, and the tombstone would be above them.
   */
  async remove(orphans: readonly { readonly key: EntityKey; readonly revision: number }[]): Promise<void> {
    const named = orphans.map(({ key, revision }) => ({ entity: entityKeyText(key), revision }));
    for (let at = 0; at < named.length; at += limits.indexWritePointsMax) {
      const request = removeRequest(named.slice(at, at + limits.indexWritePointsMax));
      await this.#inTime(() => this.#calls.write((client) => client.delete(this.#collection, request)));
    }
  }

  /** To be called when nothing is pending: the alias is moved here, and the collection it named before is dropped. */
  async publish(): Promise<void> {
    await this.#inTime(() => publishCollection(this.#calls, this.#identity));
  }

  get #identity(): CollectionIdentity {
    const { settings, generation, contents, dimensions } = this.#parts;
    return { alias: settings.alias, generation, contents, dimensions };
  }

  async *#pages(tenant: string | null): AsyncGenerator<Page> {
    let offset: string | undefined;
    do {
      const request = scrollRequest(tenant, offset);
      const page = await this.#inTime(async () =>
        pageOf(await this.#calls.write((client) => client.scroll(this.#collection, request))),
      );
      yield page;
      offset = page.next;
    } while (offset !== undefined);
  }

  /** Whatever Qdrant does not do comes out as `index_unavailable`. */
  async #inTime<T>(act: () => Promise<T>): Promise<T> {
    this.#standing.requireUsable();
    try {
      return await act();
    } catch (error) {
      if (isFailure(error, 'missing')) this.#standing.lose();
      throw error instanceof QdrantFailure ? indexUnavailable(error) : error;
    }
  }

  /** Whether the collection is still the one written to, asked beside each search. */
  async #look(): Promise<void> {
    const least = this.#standing.revision;
    const answer = await this.#calls.ask((client) => client.retrieve(this.#collection, markerRequest()));
    this.#standing.judge(onlyPayloadOf(answer), least);
  }

  async #tick(): Promise<void> {
    const least = this.#standing.revision;
    try {
      const answer = await this.#calls.probe((client) => client.retrieve(this.#collection, markerRequest()));
      if (this.#standing.isUsable) this.#standing.judge(onlyPayloadOf(answer), least);
    } catch (error) {
      if (isFailure(error, 'missing')) this.#standing.lose();
      else if (error instanceof QdrantFailure) throw error;
    }
    if (!this.#standing.isUsable) await this.#mend('lost');
  }

  /** Ends with a collection that the state has been asked to fill. Interrupted anywhere, it is asked again by the next. */
  async #mend(why: 'new' | 'lost'): Promise<void> {
    if (why === 'lost') this.facts.lost += 1;
    const marker = await ensureCollection(this.#calls, this.#identity);
    if (why === 'new' && marker.asked) return this.#standing.mended(marker);
    const rev = Math.max(marker.rev, this.#standing.revision) + 1;
    await this.#mark({ ...marker, rev, asked: false });
    await this.#parts.refill(why);
    const mended: Marker = { ...marker, rev: rev + 1, asked: true };
    await this.#mark(mended);
    this.#standing.mended(mended);
  }

  async #mark(marker: Marker): Promise<void> {
    await this.#calls.write((client) => client.upsert(this.#collection, upsertRequest([markerPoint(marker)])));
  }

  #requireWritable({ key, passages, vectors }: IndexWrite): void {
    requireTenant(key.tenant);
    const hasAll = vectors.length === 0 || vectors.length === passages.length;
    invariant(hasAll, 'an indexed entity has a vector for each passage or none');
    for (const vector of vectors) this.#requireDimension(vector);
  }

  #requireDimension(vector: Float32Array | null): void {
    const { dimensions } = this.#parts;
    invariant(vector === null || vector.length === dimensions, 'vectors of one index have one dimension');
  }
}

/** The type cannot say "not empty"; an empty one is a programmer's error, never a question for everything. */
function requireTenant(tenant: string): void {
  invariant(tenant !== '', 'the retrieval index is asked for one tenant');
}

function openError(failure: QdrantFailure): TidemarkError {
  if (failure.kind === 'denied')
    return refusal('the key is not accepted', 'Set QDRANT_API_KEY to a key that may write.');
  if (failure.kind === 'refused' || failure.kind === 'missing') return refusal(`it answered with ${failure.message}`);
  return new TidemarkError({
    code: 'unreachable',
    message: 'nothing at INDEX_URL answers as Qdrant does',
    advice: 'Start Qdrant, or set INDEX_URL to where it listens.',
    retriable: true,
    cause: failure,
  });
}
