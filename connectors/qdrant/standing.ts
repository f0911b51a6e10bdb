/**
 * Whether the collection is the one that was written to. Its marker rises with every write; a marker that is gone or lower than one
 * seen before means that the collection was made anew or put back from a copy. Then the state is asked to fill it again, and until that
 * is done nothing is answered from it.
 */
import { indexUnavailable } from '../../src/retrieval/unavailable.js';
import type { CollectionIdentity } from './collection.js';
import { FORMAT, type Marker, markerOf } from './points.js';

export class Standing {
  readonly #identity: CollectionIdentity;
  /** Called when the collection turns out to be lost; mending is somebody else's work. */
  readonly #lost: () => void;
  #marker: Marker | null = null;
  #isUsable = false;

  constructor(identity: CollectionIdentity, lost: () => void) {
    this.#identity = identity;
    this.#lost = lost;
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** The highest marker that was seen or written. */
  get revision(): number {
    return this.#marker?.rev ?? 0;
  }

  requireUsable(): void {
    if (!this.#isUsable) throw indexUnavailable();
  }

  /** To be written with whatever is written next. */
  next(): Marker {
    const { generation, contents } = this.#identity;
    const { asked = false, begun } = this.#marker ?? {};
    const rev = this.revision + 1;
    return { format: FORMAT, generation, contents, asked, rev, ...(begun === undefined ? {} : { begun }) };
  }

  wrote(marker: Marker): void {
    if (marker.rev > this.revision) this.#marker = marker;
  }

  /** Whether it goes on from what was seen; `least` as in `judge`. Notes it where it does. */
  isAsBefore(marker: Marker, least: number): boolean {
    if (marker.begun !== this.#marker?.begun || marker.rev < least) return false;
    this.wrote(marker);
    return true;
  }

  /** `least`: the `revision` when the question was sent. Throws when the collection is another one than it was. */
  judge(payload: unknown, least: number): void {
    const marker = markerOf(payload);
    const { generation, contents } = this.#identity;
    const isOurs = marker?.format === FORMAT && marker.generation === generation && marker.contents === contents;
    const isBegunAnew = this.#marker !== null && this.#marker.begun !== marker?.begun;
    if (marker === null || !isOurs || isBegunAnew || marker.rev < least) {
      this.lose();
      throw indexUnavailable();
    }
    if (!marker.asked) {
      // Another instance has made it anew, and the state has not been asked yet to fill it: it lacks what nothing else tells.
      this.setAside();
      this.#lost();
      throw indexUnavailable();
    }
    this.wrote(marker);
  }

  lose(): void {
    this.#isUsable = false;
    this.#lost();
  }

  /** It is not the one to be asked now, and nothing of it is lost. */
  setAside(): void {
    this.#isUsable = false;
  }

  /** It is taken as it is, whatever it was: what it holds is read again. */
  taken(marker: Marker): void {
    this.#marker = marker;
    this.#isUsable = true;
  }

  /** The collection is there and holds, or is about to hold, what the state has pending. */
  mended(marker: Marker): void {
    this.wrote(marker);
    this.#isUsable = true;
  }
}
