/**
 * Where each recorded snapshot stands, by its id. What a checkpoint brought is one sorted table of bytes, 40 a snapshot; what has
 * been recorded since is beside it until the next. An id stays known after its record has expired, so that it can be told.
 */
import { type Digest, isDigest } from '../domain/canonical.js';
import type { LogRecord } from '../log/port.js';

const DIGEST_BYTES = 32;
const ROW_BYTES = DIGEST_BYTES + 8;
const decoder = new TextDecoder();

/** Rows of digest (32 bytes) and offset (8, little-endian), sorted by digest; and how far the topic has been read for them. */
export interface RecordedContents {
  readonly through: bigint;
  readonly rows: Buffer;
}

export class RecordedIds {
  readonly #sorted: Buffer;
  readonly #recent = new Map<string, bigint>();
  /** Offsets past `#through` that were noted before those between: records of one group come back in any order. */
  readonly #ahead = new Set<bigint>();
  #through: bigint;

  /** `start`: the topic's first kept offset, before which there is nothing to read. */
  constructor(known: RecordedContents | undefined, start: bigint) {
    this.#sorted = known?.rows ?? Buffer.alloc(0);
    const through = known?.through ?? -1n;
    this.#through = through < start ? start - 1n : through;
  }

  get count(): number {
    return this.#sorted.length / ROW_BYTES + this.#recent.size;
  }

  /** Everything of the topic up to here has been noted. */
  get through(): bigint {
    return this.#through;
  }

  /** Equal ids have equal manifests, so the first record of an id counts. */
  note(id: string, offset: bigint): void {
    if (isDigest(id) && this.find(id) === undefined) this.#recent.set(id, offset);
    if (offset > this.#through) this.#ahead.add(offset);
    while (this.#ahead.delete(this.#through + 1n)) this.#through++;
  }

  noteRecord({ key, position }: LogRecord): void {
    this.note(key === null ? '' : decoder.decode(key), position.offset);
  }

  find(id: Digest): bigint | undefined {
    return this.#recent.get(id) ?? this.#findSorted(Buffer.from(id.slice('sha256-'.length), 'hex'));
  }

  #findSorted(digest: Buffer): bigint | undefined {
    let [low, high] = [0, this.#sorted.length / ROW_BYTES];
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = middle * ROW_BYTES;
      const order = this.#sorted.compare(digest, 0, DIGEST_BYTES, at, at + DIGEST_BYTES);
      if (order === 0) return this.#sorted.readBigUInt64LE(at + DIGEST_BYTES);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** As of this instant. What was noted ahead of others is noted again when it is read. */
  capture(): { readonly through: bigint; rows(): Buffer } {
    const [through, sorted, recent] = [this.#through, this.#sorted, [...this.#recent]];
    return {
      through,
      rows: () =>
        merged(
          sorted,
          recent.filter(([, offset]) => offset <= through),
        ),
    };
  }
}

function merged(sorted: Buffer, recent: readonly (readonly [string, bigint])[]): Buffer {
  const fresh = recent.map(([id, offset]) => rowOf(id, offset)).sort(Buffer.compare);
  const rows: Buffer[] = [];
  let at = 0;
  for (const row of fresh) {
    const from = at;
    while (at < sorted.length && sorted.compare(row, 0, DIGEST_BYTES, at, at + DIGEST_BYTES) < 0) at += ROW_BYTES;
    if (at > from) rows.push(sorted.subarray(from, at));
    rows.push(row);
  }
  return Buffer.concat([...rows, sorted.subarray(at)]);
}

function rowOf(id: string, offset: bigint): Buffer {
  const row = Buffer.alloc(ROW_BYTES);
  row.write(id.slice('sha256-'.length), 'hex');
  row.writeBigUInt64LE(offset, DIGEST_BYTES);
  return row;
}
