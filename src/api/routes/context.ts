/** POST /v1/context: what a copilot should know of an account, now. */
import { z } from '@hono/zod-openapi';
import { kindNames } from '../../domain/kinds/index.js';
import { limits } from '../../limits.js';
import { etagOf } from '../../snapshot/render.js';
import type { SnapshotRequest } from '../../snapshot/request.js';
import { asOfOf, consistencyOf, consistencySchema } from '../consistency.js';
import { correlationOf } from '../correlation.js';
import { type Answer, type Call, endpoint } from '../endpoint.js';
import { promptFor, promptSchema } from '../prompts.js';
import { accountNotFound, pastLost, readProblems, refusal } from '../reads.js';
import { jsonText } from '../reply.js';
import { asOfToken, correlationId, historyIn, historyOfTurns, idText, kindName, snapshotSchema } from '../schemas.js';

const body = z
  .strictObject({
    account: idText,
    question: z.string().min(1).max(limits.questionLengthMax).optional(),
    history: historyOfTurns,
    purpose: z.string().min(1).max(limits.attributeLengthMax).optional(),
    kinds: z.array(kindName).min(1).max(kindNames.length).optional(),
    tokenBudget: z.int().min(1).max(limits.tokenBudgetMax).default(limits.tokenBudgetDefault),
    consistency: consistencySchema.optional(),
    asOf: asOfToken,
    prompt: promptSchema,
    correlationId,
  })
  .refine(({ question, history = [] }) => question !== undefined || history.length === 0, {
    path: ['history'],
    error: 'needs a question',
  })
  .openapi('ContextRequest', {
    example: { account: 'a-1', question: 'Can they get a refund?', purpose: 'support', tokenBudget: 4_000 },
  });

const allKinds = [...kindNames].sort();
const counts = { policies: limits.policiesMax, tickets: limits.closedTicketsMax };

export const postContext = endpoint({
  method: 'post',
  path: '/v1/context',
  operationId: 'snapshotContext',
  tag: 'context',
  summary: 'Make a context snapshot of an account',
  description:
    'The account, the entitlements active at the evaluation instant, open tickets, and the policies in force that apply and bear ' +
    'on the question. The audit record is on disk before the reply. The ETag is the digest of what a copilot sees. With `prompt`, ' +
    'the messages for a model as well.',
  reply: { description: 'The released snapshot', schema: snapshotSchema },
  problems: [...readProblems, 'audit_unavailable', 'index_unavailable', 'overloaded'],
  scope: 'read',
  body: { schema: body },
  handle: async (call) => {
    const { account, question = null, purpose = null, kinds, tokenBudget, consistency, asOf } = call.body;
    const { replay, identity } = call.context.service;
    const prompt = promptFor(replay.prompts, call.body.prompt, question);
    if (prompt.kind === 'problem') return prompt;
    return release(call, {
      mode: 'context',
      tenant: call.credential.tenant,
      account,
      question,
      ...historyIn(call.body.history),
      purpose,
      kinds: kinds === undefined ? allKinds : [...new Set(kinds)].sort(),
      tokenBudget,
      limits: counts,
      consistency: consistencyOf(identity, consistency),
      asOf: asOfOf(identity, asOf),
      ...(prompt.kind === 'found' ? { prompt: prompt.call } : {}),
    });
  },
});

/** Asks the snapshot service and passes its body on as the text it is. */
export async function release(
  call: Call<unknown, unknown, { readonly correlationId?: string | undefined }>,
  request: SnapshotRequest,
): Promise<Answer> {
  const { context, credential, trace } = call;
  const { requestId, traceparent } = trace;
  const named = correlationOf(call);
  if (named.kind === 'problem') return named;
  const { correlationId } = named;
  const caller = { subject: credential.id, scopes: credential.scopes, requestId, traceparent, correlationId };
  const result = await context.service.snapshots.snapshot(request, caller);
  switch (result.kind) {
    case 'released':
      context.metrics.snapshot(request.mode, result.recorded ? 'released' : 'unrecorded');
      return jsonText(result.body, { etag: etagOf(result.content) });
    case 'not_found':
      context.metrics.snapshot(request.mode, 'not_found');
      return accountNotFound(result);
    case 'refused':
      context.metrics.snapshot(request.mode, result.why);
      return refusal(context.service, result, request.asOf ?? request.consistency.atLeast);
    case 'past_lost':
      context.metrics.snapshot(request.mode, 'past_lost');
      return pastLost(result.record);
  }
}
