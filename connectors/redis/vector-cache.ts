/** The positions read last: between two writes everybody reads the same ones, and what is the same vector need not be compared again. */
import type { PositionVector } from '../../src/domain/position.js';
import { decodeThrough } from './values.js';

export class VectorCache {
  #last: { readonly flat: readonly string[]; readonly vector: PositionVector } = { flat: [], vector: new Map() };

  /** Of a hash as a list: field, value, field, value. Throws `ValueDamaged`. */
  read(flat: readonly string[]): PositionVector {
    const { flat: known, vector } = this.#last;
    if (flat.length === known.length && flat.every((text, index) => text === known[index])) return vector;
    const read = decodeThrough(flat);
    this.#last = { flat, vector: read };
    return read;
  }
}
