/** The positions read last: between two writes everybody reads the same ones, and what is the same vector need not be compared again. */
import type { PositionVector } from '../../src/domain/position.js';
import { decodeThrough } from './values.js';

export interface KnownVector {
  /** Of the store it was read from. */
  readonly contents: string;
  /** Of the last write before it was read, as the store has it. */
  readonly seq: string;
  readonly vector: PositionVector;
}

export class VectorCache {
  #last: { readonly flat: readonly string[]; readonly vector: PositionVector } = { flat: [], vector: new Map() };
  #known: KnownVector | undefined;

  /** The newest that was read with its seq: a reader who names that is sent none until something is written. */
  known(contents: string): KnownVector | undefined {
    return this.#known?.contents === contents ? this.#known : undefined;
  }

  /** Of a hash as a list: field, value, field, value. Throws `ValueDamaged`. */
  read(flat: readonly string[], of?: Omit<KnownVector, 'vector'>): PositionVector {
    const vector = this.#vectorOf(flat);
    if (of !== undefined) this.#known = { ...of, vector };
    return vector;
  }

  #vectorOf(flat: readonly string[]): PositionVector {
    const { flat: known, vector } = this.#last;
    if (flat.length === known.length && flat.every((text, index) => text === known[index])) return vector;
    const read = decodeThrough(flat);
    this.#last = { flat, vector: read };
    return read;
  }
}
