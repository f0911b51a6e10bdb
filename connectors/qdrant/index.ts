/**
 * The retrieval index in Qdrant. It proposes roughly and says how roughly (`bounds.ts`), so the ranking is exact; it believes no point
 * that is not of the tenant and kind asked for. It is filled from what the state has pending, never from the log.
 */
import type { Clock } from '../../src/domain/clock.js';
import { type EntityKey, entityKeyText } from '../../src/domain/entity.js';
import { invariant, TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { IndexAnswer, IndexMark, IndexQuery, IndexWrite, RetrievalIndex } from '../../src/retrieval/port.js';
import { IndexRefusal } from '../../src/retrieval/refused.js';
import { indexUnavailable } from '../../src/retrieval/unavailable.js';
import { isFailure, QdrantCalls, QdrantFailure, type QdrantSettings } from './calls.js';
import { type CollectionIdentity, refusal } from './collection.js';
import { type HeldEntity, heldEntities } from './held.js';
import { type IndexSource, Keeper, type Keeping, type Place, type Publication, type RefillReason } from './keeper.js';
import { countOf, onlyPayloadOf, type Page, pageOf } from './replies.js';
import { countRequest, markerRequest, removeRequest, scrollRequest } from './requests.js';
import { search } from './search.js';
import { SideKeeper } from './side-keeper.js';
import { Watcher } from './watcher.js';
import { Writer } from './writer.js';

interface CommonParts extends Omit<CollectionIdentity, 'alias' | 'contents'> {
  readonly settings: QdrantSettings;
  readonly clock: Clock;
  /** Told each time the index could not be watched or mended; it is tried again. */
  readonly failed?: (error: unknown) => void;
}

/** Of the index that the state has marks for. */
export interface QdrantParts extends CommonParts {
  readonly source: IndexSource;
  /** Absent: it may. */
  readonly mayFill?: boolean;
  /** As `KeeperParts` says. */
  readonly publication?: () => Publication | null;
}

/** Of a generation beside it. */
export interface QdrantSideParts extends CommonParts {
  readonly contents: () => Promise<string>;
  readonly mayFill: () => boolean;
}

/** Counted since the start. */
export interface QdrantFacts {
  /** Points that came in answers and were not served: foreign, damaged, or no passages. */
  dropped: number;
  /** Times the collection was found lost. */
  lost: number;
  /** Times it would not take an entity as it is. */
  refused: number;
}

export class QdrantIndex implements RetrievalIndex {
  readonly generation: string;
  readonly isDurable = true;
  readonly facts: QdrantFacts = { dropped: 0, lost: 0, refused: 0 };
  readonly #dimensions: number | null;
  readonly #calls: QdrantCalls;
  readonly #watcher: Watcher;
  readonly #returned = new Set<(why: 'heard' | RefillReason) => void>();
  #keeper: Keeping | undefined;

  private constructor({ settings, clock, generation, dimensions, failed = () => {} }: CommonParts) {
    this.generation = generation;
    this.#dimensions = dimensions;
    this.#watcher = new Watcher({
      everyMs: limits.indexWatchMs,
      clock,
      failed,
      look: async () => this.#opened.look(),
    });
    this.#calls = new QdrantCalls(settings, () => this.#watcher.wake());
  }

  /**
   * Rejects with `unreachable` where nothing answers as Qdrant does, and with `config_invalid` where the key is wrong or what stands
   * there is not of this build and this history.
   */
  static async open(parts: QdrantParts): Promise<QdrantIndex> {
    const index = new QdrantIndex(parts);
    const { source, mayFill = true, publication } = parts;
    return await index.#keptBy(Keeper.open({ ...index.#around(parts), source, mayFill, publication }));
  }

  /** Also where nothing answers: it is asked when something does. */
  static async openBeside(parts: QdrantSideParts): Promise<QdrantIndex> {
    const index = new QdrantIndex(parts);
    const { contents, mayFill } = parts;
    return await index.#keptBy(SideKeeper.open({ ...index.#around(parts), contents, mayFill }));
  }

  async close(): Promise<void> {
    await this.#watcher.stop();
  }

  get mark(): IndexMark {
    const { collection, standing } = this.#opened.place;
    return { index: collection, revision: standing.revision };
  }

  /**
   * Called when it was cut off or is filled anew, and can be asked: what came back may not be all that it took. But for `heard`, before
   * it is asked again. Returns how to stop.
   */
  watch(listener: (why: 'heard' | RefillReason) => void): () => void {
    this.#returned.add(listener);
    return () => this.#returned.delete(listener);
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    for (const write of writes) this.#requireWritable(write);
    await this.#inTime(async (place) => {
      await new Writer(this.#calls, place.collection, place.standing).apply(writes).catch((error: unknown) => {
        throw isFailure(error, 'refused') ? this.#refused(writes, error) : error;
      });
      // The state has begun anew meanwhile: what was written is not where the next question goes.
      if (this.#opened.place !== place) throw indexUnavailable();
    });
  }

  async search(query: IndexQuery): Promise<IndexAnswer> {
    requireTenant(query.scope.tenant);
    this.#requireDimension(query.question.vector);
    return await this.#inTime(async (place) => {
      const [found] = await Promise.all([search(this.#calls, place.collection, query), this.#look(place)]);
      this.facts.dropped += found.dropped;
      return found.answer;
    });
  }

  async count(tenant: string): Promise<number> {
    requireTenant(tenant);
    const request = countRequest(tenant);
    return await this.#inTime(async ({ collection }) =>
      countOf(await this.#calls.ask((client) => client.count(collection, request))),
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
      await this.#inTime(({ collection }) => this.#calls.write((client) => client.delete(collection, request)));
    }
  }

  /** To be called when nothing is pending: the alias is moved here, and the collection it named before is dropped. */
  async publish(): Promise<void> {
    await this.#inTime(() => this.#opened.publish());
  }

  async #keptBy(opening: Promise<Keeping>): Promise<this> {
    try {
      this.#keeper = await opening;
    } catch (error) {
      throw error instanceof QdrantFailure ? openError(error) : error;
    }
    this.#watcher.start();
    return this;
  }

  #around({ settings, generation, dimensions }: CommonParts) {
    return {
      ...{ alias: settings.alias, generation, dimensions },
      calls: this.#calls,
      wake: () => this.#watcher.wake(),
      returned: (why: 'heard' | RefillReason) => this.#tell(why),
    };
  }

  get #opened(): Keeping {
    invariant(this.#keeper !== undefined, 'an index is given out when it is open');
    return this.#keeper;
  }

  /** Of several it is not known which: whoever has them tries each alone. */
  #refused({ length }: readonly IndexWrite[], failure: QdrantFailure): IndexRefusal {
    if (length === 1) this.facts.refused += 1;
    return new IndexRefusal(failure.message, failure);
  }

  #tell(why: 'heard' | RefillReason): void {
    if (why === 'lost') this.facts.lost += 1;
    for (const listener of this.#returned) listener(why);
  }

  async *#pages(tenant: string | null): AsyncGenerator<Page> {
    let offset: string | undefined;
    do {
      const request = scrollRequest(tenant, offset);
      const page = await this.#inTime(async ({ collection }) =>
        pageOf(await this.#calls.write((client) => client.scroll(collection, request))),
      );
      yield page;
      offset = page.next;
    } while (offset !== undefined);
  }

  /** Whatever Qdrant does not do comes out as `index_unavailable`. */
  async #inTime<T>(act: (place: Place) => Promise<T>): Promise<T> {
    const place = this.#opened.usable();
    try {
      return await act(place);
    } catch (error) {
      if (isFailure(error, 'missing')) place.standing.lose();
      throw error instanceof QdrantFailure ? indexUnavailable(error) : error;
    }
  }

  /** Whether the collection is still the one written to, asked beside each search. */
  async #look({ collection, standing }: Place): Promise<void> {
    const least = standing.revision;
    const answer = await this.#calls.ask((client) => client.retrieve(collection, markerRequest()));
    standing.judge(onlyPayloadOf(answer), least);
  }

  #requireWritable({ key, passages, vectors }: IndexWrite): void {
    requireTenant(key.tenant);
    const hasAll = vectors.length === 0 || vectors.length === passages.length;
    invariant(hasAll, 'an indexed entity has a vector for each passage or none');
    for (const vector of vectors) this.#requireDimension(vector);
  }

  #requireDimension(vector: Float32Array | null): void {
    invariant(vector === null || vector.length === this.#dimensions, 'vectors of one index have one dimension');
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
    message: 'Nothing at INDEX_URL answers as Qdrant does.',
    advice: 'Start Qdrant, or set INDEX_URL to where it listens.',
    retriable: true,
    cause: failure,
  });
}
