/** Members that the arguments of several tools have. */
import { z } from 'zod';
import { idText } from '../api/schemas.js';
import { limits } from '../limits.js';

/** Half of a surrogate pair is no text: it has no UTF-8, so no address can name it. */
function isText(text: string): boolean {
  return text.isWellFormed();
}

/** No form is asked for: a text that is no digest names no snapshot, and that is what the answer says. */
export const snapshotId = z
  .string()
  .min(1)
  .max(limits.idLengthMax)
  .refine(isText, 'is no well-formed text')
  .describe('Id of a released snapshot, as get_context and search_context give it');

export const snapshotIds = z.array(snapshotId).max(limits.mcpSnapshotsMax);

export const decisionId = idText
  .refine(isText, 'is no well-formed text')
  .describe('Id of the decision, chosen by whoever proposes it');

export const idempotencyKey = idText.describe(
  'Names the effect, not the attempt: who does the same for the same reason makes the same key, such as "refund:order-4711"',
);

export const causationId = idText.optional().describe('Id of the event that made this one happen');
