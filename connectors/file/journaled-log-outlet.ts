/** Where the sealed segments of a journal leave to, so that what has not left is neither forgotten nor expires. */
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import type { SealedSegment } from './journal-types.js';

export interface JournalOutlet {
  /** Called once, when the journal is open, with what is sealed by then; `add` gets every later one. */
  begin(sealed: readonly SealedSegment[]): void;
  /** In the order of their offsets per partition. Before `begin` it does nothing: that will name the segment. */
  add(segment: SealedSegment): void;
  /** Every record of the partition before this offset has left; undefined: none is known to have. */
  leftBefore(partition: PartitionKey): bigint | undefined;
  /** Called once, when everything is sealed. Waits for it to leave, within a bound of its own. Never rejects. */
  end(): Promise<void>;
}

/** What may expire through `upTo` (inclusive), of what has left. */
export function lettingGo(upTo: PositionVector, outlet: JournalOutlet): PositionVector {
  const bounded = new Map<PartitionKey, bigint>();
  for (const [key, through] of upTo) {
    const left = outlet.leftBefore(key);
    if (left !== undefined && left > 0n) bounded.set(key, through < left ? through : left - 1n);
  }
  return bounded;
}
