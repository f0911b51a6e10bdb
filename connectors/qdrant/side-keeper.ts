/**
 * Keeps the collection of a generation beside the one that the state has marks for. Nothing of it is believed that was not read: whoever
 * fills it and whoever answers from it scroll it when they begin, and again when it is another one than it was. So it is taken as it is,
 * be it half filled or an older copy; only that it changed under somebody's feet has to be noticed, and the marker tells that.
 */
import { randomUUID } from 'node:crypto';
import { isFailure, type QdrantCalls, QdrantFailure } from './calls.js';
import { type CollectionIdentity, ensureCollection, refusal } from './collection.js';
import { type Keeping, type Place, placeOf, type RefillReason } from './keeper.js';
import { FORMAT, type Marker, markerOf, markerPoint } from './points.js';
import { onlyPayloadOf } from './replies.js';
import { markerRequest, upsertRequest } from './requests.js';

export interface SideKeeperParts extends Omit<CollectionIdentity, 'contents'> {
  /** `StateStore.contents()`. */
  readonly contents: () => Promise<string>;
  /** Whether this instance makes the collection and fills it. */
  readonly mayFill: () => boolean;
  readonly calls: QdrantCalls;
  readonly wake: () => void;
  /** But for `heard`: what was read of it does not hold. Told before it can be asked again. */
  readonly returned: (why: 'heard' | RefillReason) => void;
}

export class SideKeeper implements Keeping {
  readonly #parts: SideKeeperParts;
  #place: Place;

  private constructor(parts: SideKeeperParts, place: Place) {
    this.#parts = parts;
    this.#place = place;
  }

  /** Without the collection, where nothing answers or another instance has still to make it: then nothing is asked of it yet. */
  static async open(parts: SideKeeperParts): Promise<SideKeeper> {
    const keeper = new SideKeeper(parts, placeOf(parts, await parts.contents()));
    try {
      await keeper.look();
    } catch (error) {
      if (!(error instanceof QdrantFailure)) throw error;
    }
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
    const { calls, contents, mayFill, returned } = this.#parts;
    const { wasCut } = calls;
    const held = await contents();
    if (held !== this.#place.identity.contents) this.#move(held);
    const { standing } = this.#place;
    const wasUsable = standing.isUsable;
    const known = standing.revision;
    const marker = await this.#probe();
    if (marker === null || !marker.asked) {
      standing.setAside();
      if (mayFill()) await this.#begin(marker);
    } else if (!wasUsable || !standing.isAsBefore(marker, known)) this.#take(marker);
    else if (wasCut) returned('heard');
  }

  /** The alias is the live one's, and moved by the index that the state has marks for. */
  async publish(): Promise<void> {}

  /** Null: there is none. */
  async #probe(): Promise<Marker | null> {
    const { collection, identity } = this.#place;
    try {
      const marker = markerOf(
        onlyPayloadOf(await this.#parts.calls.probe((client) => client.retrieve(collection, markerRequest()))),
      );
      if (marker === null) return null;
      const { format, generation, contents } = marker;
      if (format === FORMAT && generation === identity.generation && contents === identity.contents) return marker;
      throw refusal(`the collection "${collection}" is of another build of the index or another history`);
    } catch (error) {
      if (isFailure(error, 'missing')) return null;
      throw error;
    }
  }

  async #begin(seen: Marker | null): Promise<void> {
    const { calls } = this.#parts;
    const { identity, collection, standing } = this.#place;
    const marker = await ensureCollection(calls, identity);
    // Begun by another instance meanwhile.
    if (marker.asked) return this.#take(marker);
    const rev = Math.max(marker.rev, seen?.rev ?? 0, standing.revision) + 1;
    const begun: Marker = { ...marker, rev, asked: true, begun: randomUUID() };
    await calls.write((client) => client.upsert(collection, upsertRequest([markerPoint(begun)])));
    this.#take(begun);
  }

  #take(marker: Marker): void {
    const { standing } = this.#place;
    this.#parts.returned(standing.revision === 0 ? 'new' : 'lost');
    standing.taken(marker);
  }

  #move(contents: string): void {
    this.#place.standing.setAside();
    this.#place = placeOf(this.#parts, contents);
  }
}
