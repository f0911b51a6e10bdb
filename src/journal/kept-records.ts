/** Record chains out of which what has expired can be taken, in steps, while records go on being noted and read. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PartitionKey } from '../domain/position.js';
import { type KeptOffsets, type KeyRecords, type PackedRecords, type Packing, RecordChains } from './record-chains.js';

/** Records noted again between two turns of others. */
const STEP_RECORDS = 1_000;

type Noted = readonly [key: number, partition: PartitionKey, offset: bigint];

export class KeptRecords {
  #chains = new RecordChains();
  /** What has been noted since pruning began; undefined when nothing is being pruned. */
  #since: Noted[] | undefined;
  #pruning: Promise<void> = Promise.resolve();

  note(key: number, partition: PartitionKey, offset: bigint): void {
    this.#chains.note(key, partition, offset);
    this.#since?.push([key, partition, offset]);
  }

  recordsOf(key: number): readonly KeyRecords[] {
    return this.#chains.recordsOf(key);
  }

  capture(): (packing: Packing) => Iterable<PackedRecords> {
    return this.#chains.capture();
  }

  take(packed: PackedRecords): void {
    this.#chains.take(packed);
  }

  /** Of what is not kept only the newest of each key stays; it has gone when this resolves. One pruning after the other. */
  prune(kept: KeptOffsets): Promise<void> {
    this.#pruning = this.#pruning.then(() => this.#prune(kept));
    return this.#pruning;
  }

  async #prune(kept: KeptOffsets): Promise<void> {
    const fresh = new RecordChains();
    const since: Noted[] = [];
    this.#since = since;
    for (const packed of this.#chains.capture()({ keys: this.#chains.keys, kept, keyBytes: () => 4 })) {
      fresh.take(packed);
      await nextTurn();
    }
    // It may grow while it is gone through; between its end and the change of chains nothing comes.
    for (let at = 0; at < since.length; at++) {
      const noted = since[at];
      if (noted !== undefined) fresh.note(...noted);
      if (at % STEP_RECORDS === STEP_RECORDS - 1) await nextTurn();
    }
    this.#chains = fresh;
    this.#since = undefined;
  }
}
