/** POST /v1/rejected/{id}/discard: an operator decides that the record is to have no effect. */
import { z } from '@hono/zod-openapi';
import { partitionKey, positionText } from '../../domain/position.js';
import { encodeToken } from '../../domain/token.js';
import { endpoint } from '../endpoint.js';
import { decided } from '../redrive.js';
import { findRejected, rejectedParams } from '../rejected.js';
import { json } from '../reply.js';

const reply = z.object({ id: z.string(), decision: z.string(), token: z.string() }).openapi('Discard');

export const postDiscard = endpoint({
  method: 'post',
  path: '/v1/rejected/{id}/discard',
  operationId: 'discardRejected',
  tag: 'rejected',
  summary: 'Discard a rejected event',
  description: 'Its key no longer reads as blocked because of it. The letter is kept; it may still be redriven later.',
  reply: { description: 'The position and the token of the decision', schema: reply },
  problems: ['rejected_not_found', 'already_decided', 'log_failed'],
  scope: 'operate',
  params: rejectedParams,
  body: { schema: z.strictObject({}), optional: true },
  handle: async ({ context, credential, params }) => {
    const { service } = context;
    const found = findRejected(service, credential, params.id);
    if (found.kind === 'problem') return found;
    if (found.event.decision !== null) return decided(found.event);
    const position = await service.rejected.decide(params.id, { kind: 'discarded' });
    const vector = new Map([[partitionKey(position.topic, position.partition), position.offset]]);
    return json({ id: params.id, decision: positionText(position), token: encodeToken(service.identity, vector) });
  },
});
