/** Operators' decisions of a stream: what became of them in a run, one clear line each for those that could not be made in it. */
import { limits } from '../../src/limits.js';
import type { DecisionEntry } from '../streams/source.js';

interface Unplayed {
  readonly about: string;
  readonly kind: DecisionEntry['decision']['kind'];
  readonly why: string;
  /** Questions that had been asked before. */
  readonly after: number;
}

export class Decisions {
  readonly #unplayed: Unplayed[] = [];
  #count = 0;
  #asked = 0;

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** `why` it could not be made; null: it was. */
  note({ about, kind }: DecisionEntry['decision'], why: string | null): void {
    this.#count++;
    if (why !== null) this.#unplayed.push({ about, kind, why, after: this.#asked });
  }

  /** A question is asked. */
  asked(): void {
    this.#asked++;
  }

  notices(): readonly string[] {
    const played = this.#count - this.#unplayed.length;
    const told = this.#unplayed.slice(0, limits.evaluationNoticesMax).map(({ about, kind, why, after }) => {
      const later = this.#asked - after;
      const answers = later === 1 ? '1 answer was' : `${later} answers were`;
      return `${about} was ${kind} by an operator, which could not be played: ${why}; ${answers} given after it and may differ`;
    });
    const more = this.#unplayed.length - told.length;
    return [
      ...(played === 0
        ? []
        : [played === 1 ? '1 decision of an operator was played' : `${played} decisions of operators were played`]),
      ...told,
      ...(more === 0 ? [] : [`${more} more decisions of operators could not be played`]),
    ];
  }
}
