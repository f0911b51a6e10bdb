/**
 * Batches written as they come, for a state in another process: the write of one is under way while the next is folded. What lies under
 * way has been folded on top of each other, so after one that was not made the others may not have been either; all those are left, in
 * order, for being tried one by one.
 */
import { limits } from '../limits.js';
import { type ApplyParts, beginBatch, type DeliveredBatch } from './apply.js';
import type { Upcoming } from './upcoming.js';

export interface BurstParts {
  readonly parts: ApplyParts;
  /** Whether the batch is to be applied here. */
  readonly takes: (one: DeliveredBatch) => boolean;
  /** Called before it is folded. */
  readonly onBegin: (one: DeliveredBatch) => void;
  /** False: nothing more is begun. */
  readonly mayGoOn: () => boolean;
}

export interface Burst {
  readonly written: readonly DeliveredBatch[];
  readonly left: readonly DeliveredBatch[];
}

interface Begun {
  readonly one: DeliveredBatch;
  readonly isMade: Promise<boolean>;
}

/** Ends when nothing is under way any more: when no batch comes meanwhile, one was not made, or others are to have their turn. */
export async function applyBurst(
  of: BurstParts,
  first: DeliveredBatch,
  upcoming: Upcoming<DeliveredBatch>,
): Promise<Burst> {
  const begun: Begun[] = [];
  let one: DeliveredBatch | undefined = first;
  while (one !== undefined) {
    if (of.takes(one) && !(await begin(of, one, begun))) break;
    if (begun.length >= limits.burstSlicesMax || !of.mayGoOn()) break;
    one = await upcoming.takeBefore(Promise.all(begun.map(({ isMade }) => isMade)));
  }
  const made = await Promise.all(begun.map(({ isMade }) => isMade));
  const those = (wanted: boolean) => begun.filter((_, index) => made[index] === wanted).map((which) => which.one);
  return { written: those(true), left: those(false) };
}

/** Resolves when there is room for another one; false: no other one is to follow. */
async function begin({ parts, onBegin }: BurstParts, one: DeliveredBatch, begun: Begun[]): Promise<boolean> {
  onBegin(one);
  // Why it was not made is found out, and told, by trying again.
  const attempt = await beginBatch(parts, one).catch(() => undefined);
  begun.push({ one, isMade: attempt?.isMade.catch(() => false) ?? Promise.resolve(false) });
  const oldest = begun.at(-(parts.state.writesAtOnce ?? 1));
  return attempt !== undefined && (oldest === undefined || (await oldest.isMade));
}
