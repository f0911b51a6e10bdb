/**
 * What has to be written of an entity, given what is held of it: a pure function. The index is one point per passage, and no request
 * compares several points, so a write reads, writes what is missing (each point only over a lower revision), and reads again until
 * nothing is missing. Whoever else writes the same entity does that as well, so both end with the higher revision.
 */
import type { IndexWrite } from '../../src/retrieval/port.js';
import { keyOf, type Point, type PointPayload, passagePoint, tombstone } from './points.js';

/** Empty when all is as it should be. */
export function missingPoints(write: IndexWrite, held: readonly PointPayload[]): readonly Point[] {
  const newest = held.reduce<PointPayload | null>(
    (best, one) => (best === null || one.rev > best.rev ? one : best),
    null,
  );
  if (newest !== null && isSuperseded(write, newest, held)) return buried(held, asWrite(newest), 0);
  // An entity without passages leaves a tombstone, or a late write would find nothing newer.
  const wantedCount = Math.max(1, write.passages.length);
  const present = new Set(held.filter(({ rev }) => rev >= write.revision).map(({ n }) => n));
  const wanted: Point[] = [];
  for (let n = 0; n < wantedCount; n++) if (!present.has(n)) wanted.push(passagePoint(write, n));
  return [...wanted, ...buried(held, write, wantedCount)];
}

/** A revision is the content: another content of the same revision is one of the two that came too late. */
function isSuperseded(write: IndexWrite, newest: PointPayload, held: readonly PointPayload[]): boolean {
  if (newest.rev !== write.revision) return newest.rev > write.revision;
  return held.some(({ rev, hash }) => rev === write.revision && hash !== write.entityHash);
}

/** Tombstones for what lives below this revision, from passage number `from` on. */
function buried(held: readonly PointPayload[], write: Parameters<typeof tombstone>[0], from: number): readonly Point[] {
  const outlived = held.filter(({ n, rev, deleted }) => !deleted && n >= from && rev < write.revision);
  return outlived.map(({ n }) => tombstone(write, n));
}

function asWrite(payload: PointPayload): Parameters<typeof tombstone>[0] {
  return { key: keyOf(payload), entityHash: payload.hash, revision: payload.rev, passages: { length: payload.of } };
}

/** The newest write of each entity; of two with the same revision the one that came first. */
export function coalesced(
  writes: readonly IndexWrite[],
  nameOf: (write: IndexWrite) => string,
): Map<string, IndexWrite> {
  const newest = new Map<string, IndexWrite>();
  for (const write of writes) {
    const known = newest.get(nameOf(write));
    if (known === undefined || write.revision > known.revision) newest.set(nameOf(write), write);
  }
  return newest;
}
