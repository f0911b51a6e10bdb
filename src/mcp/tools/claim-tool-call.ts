/** Leave to act: the first claim of a key goes ahead, every later one is told what became of it. */
import { z } from 'zod';
import { correlationId, idText, positionSchema } from '../../api/schemas.js';
import { limits } from '../../limits.js';
import { appends } from '../annotations.js';
import { causationId, decisionId, idempotencyKey, snapshotIds } from '../members.js';
import { tool } from '../tool.js';

const input = z.strictObject({
  idempotencyKey,
  tool: idText.describe('Name of the tool that is about to be called'),
  arguments: z.looseObject({}).optional().describe('What it is about to be called with'),
  snapshots: snapshotIds.optional().describe('Ids of the snapshots that the call rests on'),
  decision: decisionId.optional(),
  correlationId,
  causationId,
  id: idText
    .optional()
    .describe(
      'Id of this claim. After a lost reply, claim again with the same one: another one would be a duplicate of yours',
    ),
  deadlineMs: z.int().min(1).max(limits.deadlineMsMax).optional().describe('How long to wait for the answer'),
});

const output = z.looseObject({
  outcome: z.enum(['proceed', 'duplicate']),
  idempotencyKey: z.string(),
  position: positionSchema,
  first: z.looseObject({ status: z.enum(['unknown', 'returned', 'failed']) }).optional(),
  token: z.string(),
});

export const claimToolCall = tool({
  name: 'claim_tool_call',
  title: 'Claim a tool call before acting',
  description:
    'Ask this before every call of a tool that has an effect in the world, and act only when the outcome is "proceed": exactly one ' +
    'claim of a key is told so, on any instance. "duplicate" means somebody was first: use first.result, or, while first.status is ' +
    '"unknown", do not act; it may still be running. Give an id and keep it, so that a lost reply can be asked for again.',
  input,
  output,
  annotations: appends,
  ask: async (call, asking) => ({ reply: await asking.post('/v1/claims', call) }),
});
