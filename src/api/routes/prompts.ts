/** GET /v1/prompts: the prompts that a context request may name, and what each takes. */
import { z } from '@hono/zod-openapi';
import { listingsOf } from '../../prompts/listing.js';
import { endpoint } from '../endpoint.js';
import { json } from '../reply.js';

const prompt = z.object({
  id: z.string().openapi({ example: 'support_answer' }),
  variant: z.string().nullable(),
  version: z.string().openapi({ description: 'The newest, which a request without a version gets' }),
  versions: z.array(z.string()).openapi({ description: 'Every version that is kept, the newest first' }),
  hash: z.string().openapi({ description: 'SHA-256 of the file of the newest version' }),
  description: z.string(),
  needsQuestion: z.boolean(),
  inputs: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      required: z.boolean(),
      values: z.array(z.string()).nullable().openapi({ description: 'Null: any text' }),
    }),
  ),
  output: z
    .looseObject({})
    .nullable()
    .openapi({ description: 'JSON Schema of what the model is to answer with; null: text' }),
});

/** Whoever asks over the network reads the reply by it. */
export const promptsReply = z.object({ prompts: z.array(prompt) }).openapi('Prompts');

export const listPrompts = endpoint({
  method: 'get',
  path: '/v1/prompts',
  operationId: 'listPrompts',
  tag: 'context',
  summary: 'List the prompts',
  reply: { description: 'By name', schema: promptsReply },
  problems: [],
  scope: 'read',
  query: z.strictObject({}),
  handle: async ({ context }) => json({ prompts: listingsOf(context.service.replay.prompts) }),
});
