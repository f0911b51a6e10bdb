/**
 * Keeps the collection that belongs to what the state holds: makes it, has it filled, notices when it is not what it was, and publishes
 * it when it is complete. The state says for which collection its pending marks are, and how far that one was when marks were cleared:
 * so an older copy is known as one also by who was not there when it was put back, and of two builds of the index that share a state
 * only the one whose marks they are is asked.
 */
import type { IndexMark } from '../../src/retrieval/port.js';
import { isFailure, type QdrantCalls, QdrantFailure } from './calls.js';
import { type CollectionIdentity, collectionName, ensureCollection, publishCollection } from './collection.js';
import { type Marker, markerPoint } from './points.js';
import { onlyPayloadOf } from './replies.js';
import { markerRequest, upsertRequest } from './requests.js';
import { Standing } from './standing.js';

/** `new`: it has never been filled for this state. `lost`: it had been, and is not what it was. */
export type RefillReason = 'new' | 'lost';

/** What the state says of the index. */
export interface IndexSource {
  /** `StateStore.contents()`: a state that has begun anew has another collection. */
  contents(): Promise<string>;
  /** `MarkingStore.indexMark()`. */
  mark(): Promise<IndexMark | null>;
  /** `StateStore.repend(by)`. */
  refill(by: IndexMark, why: RefillReason): Promise<void>;
  pendingCount(): Promise<number>;
}

/** What the alias is to name, and which collections stay beside it: generations of the index, as `RetrievalIndex.generation` says. */
export interface Publication {
  readonly live: string;
  readonly kept: readonly string[];
}

/** What the index asks of whoever keeps its collection. */
export interface Keeping {
  readonly place: Place;
  /** Throws `index_unavailable` while it is not known to be whole. */
  usable(): Place;
  /** Whether it is still what it was; mends it where it is not. Rejects with what it could not do; then it is to be called again. */
  look(): Promise<void>;
  publish(): Promise<void>;
}

export interface KeeperParts extends Omit<CollectionIdentity, 'contents'> {
  readonly source: IndexSource;
  /** Whether marks may be taken from another index: not by an instance that only answers and fills none. */
  readonly mayFill: boolean;
  /** Null: it is not known yet, or for others to do. Absent: this collection alone. */
  readonly publication?: (() => Publication | null) | undefined;
  readonly calls: QdrantCalls;
  /** Told that the collection, or the state, is to be looked at at once. */
  readonly wake: () => void;
  /** Told that it was cut off, or was filled anew, and can be asked. */
  readonly returned: (why: 'heard' | RefillReason) => void;
}

/** One collection, and how it is. */
export interface Place {
  readonly identity: CollectionIdentity;
  readonly collection: string;
  readonly standing: Standing;
}

/** What the state said. */
interface Known {
  readonly contents: string;
  readonly mark: IndexMark | null;
}

export class Keeper implements Keeping {
  readonly #parts: KeeperParts;
  #place: Place;
  /** What was published last. */
  #published: Publication | null = null;

  private constructor(parts: KeeperParts, place: Place) {
    this.#parts = parts;
    this.#place = place;
  }

  /** Takes the marks of the state from whatever index had them, unless it may not. */
  static async open(parts: KeeperParts): Promise<Keeper> {
    const known = await knownOf(parts.source);
    const keeper = new Keeper(parts, placeOf(parts, known.contents));
    const isNamed = known.mark?.index === keeper.place.collection;
    if (isNamed || parts.mayFill) await keeper.#mend(known.mark);
    // What stands in its place is looked at in any case: a wrong one is told at the start.
    else await ensureCollection(parts.calls, keeper.place.identity);
    return keeper;
  }

  get place(): Place {
    return this.#place;
  }

  usable(): Place {
    this.#place.standing.requireUsable();
    return this.#place;
  }

  async look(): Promise<void> {
    const { calls, source, mayFill, returned } = this.#parts;
    const { wasCut } = calls;
    const known = await asked(() => knownOf(source));
    if ('contents' in known && known.contents !== this.#place.identity.contents) this.#move(known.contents);
    const { standing } = this.#place;
    const mark = 'contents' in known ? this.#own(known.mark) : null;
    // Said by a state that was asked: the marks are for another index, or for none yet.
    if ('contents' in known && mark === null) standing.setAside();
    await this.#probe(Math.max(standing.revision, mark?.revision ?? 0));
    if ('error' in known) throw known.error;
    const isOurs = mark !== null || (known.mark === null && mayFill);
    if (!standing.isUsable && isOurs) await this.#mend(known.mark);
    else if (wasCut) returned('heard');
    if (standing.isUsable) await this.#publishWhole();
  }

  /** To be called when nothing is pending: the alias is moved, and what is not kept is dropped. */
  async publish(): Promise<void> {
    const wanted = this.#wanted();
    if (wanted === null) return;
    const { calls } = this.#parts;
    await publishCollection(calls, { ...this.#place.identity, generation: wanted.live }, wanted.kept);
    this.#published = wanted;
  }

  /** Another one than this was complete when it was promoted. */
  async #publishWhole(): Promise<void> {
    const { source, mayFill, generation } = this.#parts;
    const wanted = this.#wanted();
    if (!mayFill || wanted === null || isSame(wanted, this.#published)) return;
    if (wanted.live !== generation || (await source.pendingCount()) === 0) await this.publish();
  }

  #wanted(): Publication | null {
    const { publication, generation } = this.#parts;
    return publication === undefined ? { live: generation, kept: [] } : publication();
  }

  #own(mark: IndexMark | null): IndexMark | null {
    return mark?.index === this.#place.collection ? mark : null;
  }

  /** The state has begun anew: nothing of the collection of before is of it. */
  #move(contents: string): void {
    this.#place.standing.setAside();
    this.#place = placeOf(this.#parts, contents);
    this.#published = null;
  }

  async #probe(least: number): Promise<void> {
    const { collection, standing } = this.#place;
    try {
      const answer = await this.#parts.calls.probe((client) => client.retrieve(collection, markerRequest()));
      if (standing.isUsable) standing.judge(onlyPayloadOf(answer), least);
    } catch (error) {
      if (isFailure(error, 'missing')) standing.lose();
      else if (error instanceof QdrantFailure) throw error;
    }
  }

  /** Ends with a collection that holds what the state has cleared the marks of. Interrupted anywhere, it is begun again by the next. */
  async #mend(mark: IndexMark | null): Promise<void> {
    const { calls, source, returned } = this.#parts;
    const { identity, collection, standing } = this.#place;
    const marker = await ensureCollection(calls, identity);
    const own = this.#own(mark);
    const floor = Math.max(standing.revision, own?.revision ?? 0);
    if (own !== null && marker.asked && marker.rev >= floor) return standing.mended(marker);
    const why = floor > 0 ? 'lost' : 'new';
    const rev = Math.max(marker.rev, floor) + 1;
    await this.#mark({ ...marker, rev, asked: false });
    await source.refill({ index: collection, revision: rev }, why);
    const mended: Marker = { ...marker, rev: rev + 1, asked: true };
    await this.#mark(mended);
    standing.mended(mended);
    this.#published = null;
    returned(why);
  }

  async #mark(marker: Marker): Promise<void> {
    const { collection } = this.#place;
    await this.#parts.calls.write((client) => client.upsert(collection, upsertRequest([markerPoint(marker)])));
  }
}

function isSame(one: Publication, other: Publication | null): boolean {
  return one.live === other?.live && one.kept.join() === other.kept.join();
}

export function placeOf(
  parts: Omit<CollectionIdentity, 'contents'> & Pick<KeeperParts, 'wake'>,
  contents: string,
): Place {
  const { alias, generation, dimensions, wake } = parts;
  const identity = { alias, generation, dimensions, contents };
  return { identity, collection: collectionName(identity), standing: new Standing(identity, wake) };
}

async function knownOf(source: IndexSource): Promise<Known> {
  return { contents: await source.contents(), mark: await source.mark() };
}

async function asked(ask: () => Promise<Known>): Promise<Known | { readonly error: unknown }> {
  try {
    return await ask();
  } catch (error) {
    return { error };
  }
}
