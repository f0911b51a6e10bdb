/** POST /v1/search: retrieval only, with the same stamp. */
import { z } from '@hono/zod-openapi';
import { limits } from '../../limits.js';
import { asOfOf, consistencyOf, consistencySchema } from '../consistency.js';
import { endpoint } from '../endpoint.js';
import { readProblems } from '../reads.js';
import { asOfToken, correlationId, historyIn, historyOfTurns, idText, snapshotSchema } from '../schemas.js';
import { release } from './context.js';

const searchable = z.enum(['policy', 'ticket']);

const body = z
  .strictObject({
    question: z.string().min(1).max(limits.questionLengthMax),
    history: historyOfTurns,
    account: idText.optional().openapi({ description: 'Its tickets are searched, and only policies that apply to it' }),
    purpose: z.string().min(1).max(limits.attributeLengthMax).optional(),
    kinds: z.array(searchable).min(1).max(searchable.options.length).optional(),
    limit: z.int().min(1).max(limits.searchResultsMax).default(limits.searchResultsDefault),
    tokenBudget: z.int().min(1).max(limits.tokenBudgetMax).default(limits.tokenBudgetMax),
    consistency: consistencySchema.optional(),
    asOf: asOfToken,
    correlationId,
  })
  .openapi('SearchRequest', { example: { question: 'refund after renewal', limit: 5 } });

export const postSearch = endpoint({
  method: 'post',
  path: '/v1/search',
  operationId: 'search',
  tag: 'context',
  summary: 'Retrieve what bears on a question',
  description:
    'Recorded and stamped like a context snapshot; `limit` counts per kind. Without an account, policies only.',
  reply: { description: 'The released result', schema: snapshotSchema },
  problems: [...readProblems, 'audit_unavailable', 'index_unavailable', 'overloaded'],
  scope: 'read',
  body: { schema: body },
  handle: (call) => {
    const { question, account = null, purpose = null, kinds, limit, tokenBudget, consistency, asOf } = call.body;
    // Nobody in particular has no tickets, so a search without an account cannot be stale for their sake.
    const byDefault = account === null ? (['policy'] as const) : (['policy', 'ticket'] as const);
    return release(call, {
      mode: 'search',
      tenant: call.credential.tenant,
      account,
      question,
      ...historyIn(call.body.history),
      purpose,
      kinds: [...new Set(kinds ?? byDefault)].sort(),
      tokenBudget,
      limits: { policies: limit, tickets: limit },
      consistency: consistencyOf(call.context.service.identity, consistency),
      asOf: asOfOf(call.context.service.identity, asOf),
    });
  },
});
