/** Does what a snapshot says still hold? */
import { z } from 'zod';
import { getValidity } from '../../api/routes/validity.js';
import { limits } from '../../limits.js';
import { reads } from '../annotations.js';
import { segment } from '../asking.js';
import { snapshotLink } from '../links.js';
import { snapshotId } from '../members.js';
import { tool } from '../tool.js';

const input = z.strictObject({
  snapshot: snapshotId,
  tokens: z
    .array(z.string().min(1).max(limits.tokenLengthMax))
    .max(limits.tokensMax)
    .optional()
    .describe('Of writes that must be taken into account; they are waited for'),
  deadlineMs: z.int().min(1).max(limits.deadlineMsMax).optional().describe('How long to wait for them'),
});

export const checkSnapshot = tool({
  name: 'check_snapshot',
  title: 'Check whether a snapshot still holds',
  description:
    'Whether the same question would still be answered the same: valid, or superseded by what (an event with its position, or time ' +
    'that has passed). Ask it before acting on a snapshot that is not from just now; when it is superseded, ask get_context again.',
  input,
  output: getValidity.reply.schema,
  annotations: reads,
  ask: async ({ snapshot, tokens, deadlineMs }, asking) => {
    const query = {
      ...(tokens === undefined ? {} : { token: tokens }),
      ...(deadlineMs === undefined ? {} : { deadlineMs: [String(deadlineMs)] }),
    };
    const reply = await asking.get(`/v1/snapshots/${segment(snapshot)}/validity`, query);
    return reply.kind === 'told' ? { reply, snapshot, links: snapshotLink(snapshot) } : { reply };
  },
});
