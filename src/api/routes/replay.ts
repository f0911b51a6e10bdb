/** POST /v1/snapshots/{id}/replay: build it again and compare, byte for byte, or say why that cannot be done. */
import { z } from '@hono/zod-openapi';
import { replayContent } from '../../replay/content.js';
import { replayFull } from '../../replay/full.js';
import { unreplayableAdvice, type Verdict } from '../../replay/verdict.js';
import { endpoint } from '../endpoint.js';
import { findSnapshot, snapshotParams } from '../recorded.js';
import { json } from '../reply.js';

const body = z.strictObject({
  depth: z
    .enum(['content', 'full'])
    .default('full')
    .openapi({
      description:
        'content: every item at its stamped position, and the released bytes. full: also the state as of the stamped positions, and the ' +
        'whole request answered again as of its own instant.',
    }),
});

const reply = z
  .union([
    z.object({ id: z.string(), verdict: z.literal('MATCH'), depth: z.enum(['content', 'full']), items: z.int() }),
    z.object({
      id: z.string(),
      verdict: z.literal('MISMATCH'),
      difference: z.object({ at: z.string(), expected: z.string(), actual: z.string() }),
    }),
    z.object({
      id: z.string(),
      verdict: z.literal('UNREPLAYABLE'),
      reason: z.enum(Object.keys(unreplayableAdvice) as [keyof typeof unreplayableAdvice]),
      detail: z.string(),
      advice: z.string(),
    }),
  ])
  .openapi('Verdict');

export const postReplay = endpoint({
  method: 'post',
  path: '/v1/snapshots/{id}/replay',
  operationId: 'replaySnapshot',
  tag: 'context',
  summary: 'Replay a released snapshot',
  description: 'Every verdict is a reply of status 200: that a snapshot cannot be replayed is an answer.',
  reply: { description: 'The verdict', schema: reply },
  problems: ['snapshot_not_found', 'behind', 'state_unavailable'],
  scope: 'read',
  params: snapshotParams,
  body: { schema: body, optional: true },
  handle: async ({ context, credential, params, body: { depth } }) => {
    const found = await findSnapshot(context.service, credential.tenant, params.id);
    if (found.kind === 'problem') return found;
    const replay = depth === 'full' ? replayFull : replayContent;
    const verdict: Verdict =
      found.kind === 'failed' ? found.verdict : await replay(context.service.replay, found.entry);
    const advice = verdict.verdict === 'UNREPLAYABLE' ? { advice: unreplayableAdvice[verdict.reason] } : {};
    return json({ id: params.id, ...verdict, ...advice });
  },
});
