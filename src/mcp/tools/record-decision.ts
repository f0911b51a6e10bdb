/** What the agent decided, did, or took back. Approving and overriding are a person's, who has ways of their own. */
import { z } from 'zod';
import { correlationId, idText } from '../../api/schemas.js';
import { limits } from '../../limits.js';
import { appends } from '../annotations.js';
import { eventOutput, recordEvent } from '../event.js';
import { causationId, decisionId, idempotencyKey, snapshotIds } from '../members.js';
import { tool } from '../tool.js';

const text = z.string().min(1).max(limits.questionLengthMax);
const place = z.string().min(1).max(limits.attributeLengthMax);

/** What belongs to which stage, the required ones first. */
const members = {
  proposed: { required: ['action', 'snapshots'], optional: ['toolCalls', 'rationale', 'prompt', 'approval'] },
  executed: { required: [], optional: ['wrote', 'toolCalls', 'follows'] },
  compensated: { required: ['reason'], optional: ['wrote', 'follows'] },
} as const;

const input = z
  .strictObject({
    stage: z
      .enum(['proposed', 'executed', 'compensated'])
      .describe('proposed: what is to be done and why. executed: it was done. compensated: what was done was undone'),
    decision: decisionId,
    action: text.optional().describe('With proposed, required: what is to be done'),
    snapshots: snapshotIds.min(1).optional().describe('With proposed, required: ids of the snapshots it rests on'),
    toolCalls: z.array(idempotencyKey).max(limits.mcpSnapshotsMax).optional().describe('Idempotency keys of the calls'),
    rationale: text.optional().describe('With proposed: why'),
    prompt: z
      .looseObject({ id: idText, version: idText, hash: idText })
      .optional()
      .describe('With proposed: stamp.prompt of the snapshot that was rendered, as it is'),
    approval: z
      .enum(['required', 'none'])
      .optional()
      .describe('With proposed: whether a person has to approve it first'),
    reason: text.optional().describe('With compensated, required: why it was undone'),
    wrote: z
      .array(place)
      .max(limits.mcpSnapshotsMax)
      .optional()
      .describe('With executed or compensated: records that were written, each as topic:partition:offset'),
    follows: idText.optional().describe('With executed or compensated: id of the decision event it follows'),
    correlationId,
    causationId,
    id: idText
      .optional()
      .describe('Id of this event. Left out, it is made of the content: the same call again adds nothing'),
  })
  .superRefine((call, context) => {
    const { required, optional } = members[call.stage];
    const own: readonly string[] = [...required, ...optional, ...always];
    for (const name of required) {
      if (call[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: `required with ${call.stage}` });
    }
    for (const name of Object.keys(call).filter((one) => !own.includes(one))) {
      context.addIssue({ code: 'custom', path: [name], message: `does not belong to ${call.stage}` });
    }
  });

const always = ['stage', 'decision', 'correlationId', 'causationId', 'id'] as const;

const output = z.object({ decision: z.string(), ...eventOutput });

export const recordDecision = tool({
  name: 'record_decision',
  title: 'Put a decision on record',
  description:
    'Records what you decided (proposed, with the ids of the snapshots it rests on), that it was carried out (executed), or undone ' +
    '(compensated). Propose before you act; when a person has to approve, wait for it: trace_decision shows it. Approving and ' +
    "overriding are a person's and cannot be recorded here.",
  input,
  output,
  annotations: appends,
  ask: async ({ stage, decision, correlationId: correlated, causationId: caused, id, prompt, ...rest }, asking) => {
    const data = { ...rest, ...(prompt === undefined ? {} : { prompt: promptName(prompt) }) };
    const named = { correlationId: correlated, causationId: caused, id };
    const event = { type: `decision.${stage}`, subject: decision, data, ...named };
    return { reply: await recordEvent(asking, event, { decision }) };
  },
});

/** Which one it was: what it was told stands in the snapshot's own record. */
function promptName({ id, version, hash }: { readonly id: string; readonly version: string; readonly hash: string }) {
  return { id, version, hash };
}
