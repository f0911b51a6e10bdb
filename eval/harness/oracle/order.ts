/** Which of two events of one key is the newer: by the source's own version where it gives one, else by where they lie. */
import type { EntityEvent, Tombstone } from '../../../src/domain/event.js';

/** A decimal and a log sequence number are not compared with each other, nor either with a position. */
export type Order =
  | { readonly by: 'decimal' | 'lsn'; readonly rank: bigint }
  /** Records come in their order, so of one partition the later one is the newer. */
  | { readonly by: `partition ${string}` };

export function orderOf(
  event: EntityEvent | Tombstone,
  place: { readonly topic: string; readonly partition: number },
): Order {
  if (event.about === 'entity' && event.version !== null) {
    const [high = '', low] = event.version.split('/');
    if (low === undefined) return { by: 'decimal', rank: BigInt(high) };
    return { by: 'lsn', rank: BigInt(`0x${high.padStart(8, '0')}${low.padStart(8, '0')}`) };
  }
  return { by: `partition ${place.topic}:${place.partition}` };
}

/** What has another kind of order than what is known can be no newer: it is rejected, and the truth stays. */
export function isNewer(order: Order, known: { readonly order: Order }): boolean {
  if ('rank' in order) return 'rank' in known.order && order.by === known.order.by && order.rank > known.order.rank;
  return order.by === known.order.by;
}
