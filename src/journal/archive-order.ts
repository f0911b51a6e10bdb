/** The order in which an archive lists what it holds. */
import type { SegmentName } from './archive-port.js';

/** By topic, partition and base offset; of equal ones, by incarnation, and then the older owner's first. */
export function compareSegments(a: SegmentName, b: SegmentName): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  if (a.partition !== b.partition) return a.partition - b.partition;
  if (a.baseOffset !== b.baseOffset) return a.baseOffset < b.baseOffset ? -1 : 1;
  if (a.incarnationId !== b.incarnationId) return a.incarnationId < b.incarnationId ? -1 : 1;
  return (a.ownerEpoch ?? 0) - (b.ownerEpoch ?? 0);
}
