/** Leave to act: the first claim of a key goes ahead, every later one is told what became of it. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { correlationId, idText, positionSchema } from '../../api/schemas.js';
import { isJsonObject } from '../../domain/json.js';
import { limits } from '../../limits.js';
import { claims } from '../annotations.js';
import type { Asking, Refused, Reply } from '../asking.js';
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
  deadlineMs: z.int().min(1).max(limits.deadlineMsMax).optional().describe('How long to wait for the answer'),
});

const output = z.looseObject({
  outcome: z.enum(['proceed', 'duplicate']),
  idempotencyKey: z.string(),
  id: z.string(),
  position: positionSchema,
  first: z
    .looseObject({ status: z.enum(['unknown', 'returned', 'failed']), mismatch: z.boolean().nullable() })
    .optional(),
  token: z.string(),
});

export const claimToolCall = tool({
  name: 'claim_tool_call',
  title: 'Claim a tool call before acting',
  description:
    'Ask this before every call of a tool that has an effect in the world, and act only when the outcome is "proceed": exactly one ' +
    'claim of a key is told so, on any instance. "duplicate" means somebody was first: use first.result, or, while first.status is ' +
    '"unknown", do not act; it may still be running. With first.mismatch the key was claimed for something else: choose a key that names ' +
    'your effect. Every call is a claim of its own: after a lost reply ask again, and be told ' +
    '"duplicate" even if the first was yours. Once the tool has answered, call record_tool_outcome.',
  input,
  output,
  annotations: claims,
  ask: async (call, asking) => ({ reply: await claimed(asking, call) }),
});

/**
 * The id of a claim is made here and shown to nobody beforehand: two models that choose the same one would both be told to proceed.
 * While this call lasts, a reply that did not come can be asked for once more.
 */
async function claimed(asking: Asking, call: z.output<typeof input>): Promise<Reply> {
  const body = { ...call, id: randomUUID() };
  const reply = await asking.post('/v1/claims', body);
  if (!isOpen(reply)) return reply;
  const again = await asking.post('/v1/claims', body);
  if (!isOpen(again)) return again;
  const { facts } = again.problem;
  const { id: _, ...told } = isJsonObject(facts) ? facts : {};
  return { kind: 'refused', problem: { ...again.problem, facts: told, advice: notKnown } };
}

const notKnown =
  'Do not act. Ask again later: "duplicate" with status "unknown" and no other agent at work means that this claim is on record and ' +
  'that nothing was done for it; a person or another key goes on from there.';

/** It may be on record, and nobody has said whether it goes ahead. */
function isOpen(reply: Reply): reply is Refused {
  return reply.kind === 'refused' && (reply.problem.code === 'behind' || reply.problem.code === 'unreachable');
}
