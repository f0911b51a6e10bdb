/** What came of a call that was claimed: whoever claims the same key later is told it, and does not act again. */
import { z } from 'zod';
import { correlationId, idText } from '../../api/schemas.js';
import { canonicalJson, digestOf, isDigest, type JsonValue } from '../../domain/canonical.js';
import { limits } from '../../limits.js';
import { appends } from '../annotations.js';
import { eventOutput, recordEvent } from '../event.js';
import { idempotencyKey } from '../members.js';
import { tool } from '../tool.js';

/** What belongs to which outcome; of `returned` one of both, or neither: there are calls that return nothing. */
const members = {
  returned: ['result', 'resultRef'],
  failed: ['error', 'retriable'],
} as const;
const always = ['outcome', 'idempotencyKey', 'claim', 'correlationId'] as const;

const input = z
  .strictObject({
    outcome: z.enum(['returned', 'failed']).describe('returned: the tool did it. failed: it did not'),
    idempotencyKey: idempotencyKey.describe('The key that was claimed'),
    result: z
      .unknown()
      .optional()
      .describe('With returned: what the tool gave back. A large one is kept by its hash and size'),
    resultRef: z
      .strictObject({
        hash: z.string().refine(isDigest, 'not sha256- and 64 hexadecimal digits'),
        bytes: z.int().min(0),
        url: z.string().min(1).max(limits.attributeLengthMax).optional(),
      })
      .optional()
      .describe('With returned, instead of result: what stands for a result that is kept elsewhere'),
    error: z
      .strictObject({ code: idText.optional(), message: z.string().min(1).max(limits.questionLengthMax).optional() })
      .optional()
      .describe('With failed, required: what the tool said'),
    retriable: z
      .boolean()
      .optional()
      .describe('With failed: whether another attempt, under a key of its own, may succeed'),
    claim: idText.optional().describe('The id that claim_tool_call answered "proceed" with'),
    correlationId,
  })
  .superRefine((call, context) => {
    const own: readonly string[] = [...members[call.outcome], ...always];
    for (const name of Object.keys(call).filter((one) => !own.includes(one))) {
      context.addIssue({ code: 'custom', path: [name], message: `does not belong to ${call.outcome}` });
    }
    if (call.outcome === 'failed' && call.error === undefined) {
      context.addIssue({ code: 'custom', path: ['error'], message: 'required with failed' });
    }
    if (call.result !== undefined && call.resultRef !== undefined) {
      context.addIssue({ code: 'custom', path: ['resultRef'], message: 'beside result' });
    }
  });

export const recordToolOutcome = tool({
  name: 'record_tool_outcome',
  title: 'Put the outcome of a tool call on record',
  description:
    'Records what came of a call that claim_tool_call told you to proceed with: returned, with its result, or failed, with its error. ' +
    'Call it as soon as the tool has answered: until then everybody else who claims the key is told "unknown" and waits. Do not guess: ' +
    'of a call that may or may not have had its effect record nothing. The same call again adds nothing.',
  input,
  output: z.object({ idempotencyKey: z.string(), ...eventOutput }),
  annotations: appends,
  ask: async ({ outcome, idempotencyKey: key, claim, correlationId: correlated, result, ...told }, asking) => {
    const event = {
      type: `tool.${outcome}`,
      subject: key,
      correlationId: correlated,
      causationId: claim,
      data: { ...resultFact(result), ...told },
    };
    return { reply: await recordEvent(asking, event, { idempotencyKey: key }) };
  },
});

/** As a claim records its arguments. `result` was read from JSON. */
function resultFact(result: unknown) {
  if (result === undefined) return {};
  const text = canonicalJson(result as JsonValue);
  const bytes = Buffer.byteLength(text);
  return bytes <= limits.claimArgumentsBytesMax ? { result } : { resultRef: { hash: digestOf(text), bytes } };
}
