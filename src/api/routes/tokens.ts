/** POST /v1/tokens/merge: several tokens as one. */
import { z } from '@hono/zod-openapi';
import { vectorToJson } from '../../domain/position.js';
import { encodeToken, mergeTokens } from '../../domain/token.js';
import { endpoint } from '../endpoint.js';
import { json } from '../reply.js';
import { tokenList, vectorSchema } from '../schemas.js';

const body = z.strictObject({ tokens: tokenList.min(1) }).openapi('MergeRequest', {
  example: { tokens: ['support.tickets:3:8812', 'crm.accounts:0:41'] },
});

const reply = z.object({ token: z.string(), through: vectorSchema }).openapi('MergedToken');

export const postMerge = endpoint({
  method: 'post',
  path: '/v1/tokens/merge',
  operationId: 'mergeTokens',
  tag: 'events',
  summary: 'Merge tokens into one',
  description:
    'The larger offset of each partition. Also reads topic:partition:offset, as a plain producer knows its positions.',
  reply: { description: 'One token that covers them all', schema: reply },
  problems: ['token_malformed', 'token_of_another_log'],
  scope: 'read',
  body: { schema: body },
  handle: async ({ context, body: { tokens } }) => {
    const { identity } = context.service;
    const vector = mergeTokens(identity, tokens);
    return json({ token: encodeToken(identity, vector), through: vectorToJson(vector) });
  },
});
