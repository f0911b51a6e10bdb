/**
 * Where each recorded snapshot stands, by its id: 32 bytes of digest and 8 of offset in a sorted table. An id stays known after its
 * record has expired, so that it can be told, but not for ever: of expired records the newest `limits.expiredSnapshotsMax` count.
 */
import { type Digest, isDigest } from '../domain/canonical.js';
import { limits } from '../limits.js';
import type { LogRecord } from '../log/port.js';
import { DigestTable } from './digest-table.js';
import { idInKey } from './record.js';

/** The table's rows, sorted, as slices of a capture give them; and how far the topic has been read for them. */
export interface RecordedContents {
  readonly through: bigint;
  readonly rows: Buffer;
}

/** The same, slice by slice: each is made when it is asked for. */
export interface RecordedCapture {
  readonly through: bigint;
  slices(): Iterable<Buffer>;
}

export class RecordedIds {
  readonly #table: DigestTable;
  /** Offsets past `#through` that were noted before those between: records of one group come back in any order. */
  readonly #ahead = new Set<bigint>();
  #through: bigint;
  /** The topic's first kept offset, as far as is known here. */
  #start: bigint;
  /** The leaf to be gone through next for what is to be forgotten; behind the last when nothing is. */
  #sweepAt = Number.POSITIVE_INFINITY;

  /** `start`: the topic's first kept offset, before which there is nothing to read. */
  constructor(known: RecordedContents | undefined, start: bigint) {
    this.#table = new DigestTable(known?.rows ?? Buffer.alloc(0));
    const through = known?.through ?? -1n;
    this.#through = through < start ? start - 1n : through;
    this.#start = start;
  }

  get count(): number {
    return this.#table.count;
  }

  /** Everything of the topic up to here has been noted. */
  get through(): bigint {
    return this.#through;
  }

  /** Equal ids have equal manifests, so the first record of an id counts, unless it has expired. */
  note(id: string, offset: bigint): void {
    if (isDigest(id)) {
      const digest = bytesOf(id);
      const known = this.#table.find(digest);
      if (known === undefined || known < this.#start) this.#table.set(digest, offset);
    }
    if (offset > this.#through) this.#ahead.add(offset);
    while (this.#ahead.delete(this.#through + 1n)) this.#through++;
    if (this.#sweepAt < this.#table.leafCount) this.#sweepAt = this.#table.sweep(this.#sweepAt, this.#firstKnown);
  }

  noteRecord(record: LogRecord): void {
    this.note(idInKey(record), record.position.offset);
  }

  /** Everything before `nextOffset` has been noted, or is a gap. */
  reached(nextOffset: bigint): void {
    if (nextOffset - 1n <= this.#through) return;
    this.#through = nextOffset - 1n;
    for (const offset of this.#ahead) if (offset <= this.#through) this.#ahead.delete(offset);
    while (this.#ahead.delete(this.#through + 1n)) this.#through++;
  }

  has(id: string): boolean {
    return isDigest(id) && this.find(id) !== undefined;
  }

  find(id: Digest): bigint | undefined {
    const offset = this.#table.find(bytesOf(id));
    return offset !== undefined && offset >= this.#firstKnown ? offset : undefined;
  }

  get #firstKnown(): bigint {
    return this.#start - BigInt(limits.expiredSnapshotsMax);
  }

  /** As of this instant; `start` is the topic's first kept offset. What was noted ahead of others is noted again when it is read. */
  capture(start: bigint): RecordedCapture {
    if (start > this.#start) {
      this.#start = start;
      // Leaf by leaf, with what is noted from now on: nobody waits for it, and until then nothing more has come.
      if (this.#firstKnown > 0n) this.#sweepAt = 0;
    }
    const [through, first] = [this.#through, this.#firstKnown];
    return { through, slices: this.#table.capture((offset) => offset <= through && offset >= first) };
  }
}

function bytesOf(id: Digest): Buffer {
  return Buffer.from(id.slice('sha256-'.length), 'hex');
}
