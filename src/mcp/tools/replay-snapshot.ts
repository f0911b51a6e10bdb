/** Can what was released be built again from the log, byte for byte? */
import { z } from 'zod';
import { postReplay } from '../../api/routes/replay.js';
import { reads } from '../annotations.js';
import { segment } from '../asking.js';
import { snapshotLink } from '../links.js';
import { snapshotId } from '../members.js';
import { tool } from '../tool.js';

const input = z.strictObject({
  snapshot: snapshotId,
  depth: z
    .enum(['content', 'full'])
    .optional()
    .describe(
      'content: every item and the released bytes. full, when left out: the whole request answered again as well',
    ),
});

export const replaySnapshot = tool({
  name: 'replay_snapshot',
  title: 'Replay a snapshot',
  description:
    'Builds a released snapshot again from the log and compares: MATCH, MISMATCH with the first difference, or UNREPLAYABLE with the ' +
    'reason. Use it to prove what somebody was told; to ask whether it still holds, use check_snapshot.',
  input,
  output: postReplay.reply.schema,
  annotations: reads,
  ask: async ({ snapshot, depth }, asking) => {
    const reply = await asking.post(`/v1/snapshots/${segment(snapshot)}/replay`, depth === undefined ? {} : { depth });
    return reply.kind === 'told' ? { reply, snapshot, links: snapshotLink(snapshot) } : { reply };
  },
});
