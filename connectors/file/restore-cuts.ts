/** What of an archived segment is of a history that the log has lost, and that an operator has accepted as lost. */
import type { EpochStart } from '../../src/domain/epoch-table.js';
import { cutSegment, type WholeSegment } from './archived-segment.js';
import { frameBytesAt, frameLeaderEpochAt, frameOffsetAt, viewOf } from './frame.js';

/** The records in front of the first one that was cut away; undefined when there are none. */
export function withoutLost(segment: WholeSegment, cut: EpochStart | undefined): WholeSegment | undefined {
  if (cut === undefined || segment.end <= cut.first) return segment;
  const view = viewOf(segment.bytes);
  for (let at = segment.headerBytes; at < segment.bytes.length; at += frameBytesAt(view, at)) {
    const offset = frameOffsetAt(view, at);
    if (offset < cut.first || frameLeaderEpochAt(view, at) >= cut.leaderEpoch) continue;
    const kept = cutSegment(segment, segment.baseOffset, offset);
    return kept.end === kept.baseOffset ? undefined : kept;
  }
  return segment;
}
