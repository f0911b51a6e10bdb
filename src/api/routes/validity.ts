/** GET /v1/snapshots/{id}/validity: is it still what would be released now, and if not, what superseded it? */
import { z } from '@hono/zod-openapi';
import { endpoint } from '../endpoint.js';
import { judgeSnapshot } from '../judged.js';
import { snapshotParams } from '../recorded.js';
import { json } from '../reply.js';
import { freshnessSchema, tokenQuery } from '../schemas.js';

const reply = z
  .object({
    id: z.string(),
    valid: z.boolean(),
    supersededBy: z
      .looseObject({ kind: z.enum(['event', 'time', 'ranking', 'account_gone']) })
      .nullable()
      .openapi({
        description: 'What made the first change: an event with its position, or an instant that has passed',
      }),
    changedItems: z.int(),
    freshness: freshnessSchema,
    token: z.string(),
  })
  .openapi('Validity');

export const getValidity = endpoint({
  method: 'get',
  path: '/v1/snapshots/{id}/validity',
  operationId: 'snapshotValidity',
  tag: 'context',
  summary: 'Tell whether a snapshot still holds',
  description: 'Asks the same question again without recording or releasing anything. As good as its freshness.',
  reply: { description: 'Valid, or superseded by what', schema: reply },
  problems: [
    'snapshot_not_found',
    'snapshot_mismatch',
    'snapshot_unreplayable',
    'token_malformed',
    'behind',
    'stale',
    'index_unavailable',
    'state_unavailable',
  ],
  scope: 'read',
  params: snapshotParams,
  query: z.strictObject(tokenQuery),
  handle: async ({ context, credential, params, query }) => {
    const { service } = context;
    const validity = await judgeSnapshot(service, { tenant: credential.tenant, id: params.id, query });
    if (validity.kind === 'problem') return validity;
    const { freshness, token } = validity;
    const id = params.id;
    switch (validity.kind) {
      case 'valid':
        return json({ id, valid: true, supersededBy: null, changedItems: 0, freshness, token });
      case 'account_gone':
        return json({ id, valid: false, supersededBy: { kind: 'account_gone' }, changedItems: 0, freshness, token });
      case 'superseded': {
        const [first] = validity.changes;
        const by = first === undefined ? null : { ...first.by, ref: first.ref };
        return json({ id, valid: false, supersededBy: by, changedItems: validity.changes.length, freshness, token });
      }
    }
  },
});
