/** GET /v1/snapshots/{id}/validity: is it still what would be released now, and if not, what superseded it? */
import { z } from '@hono/zod-openapi';
import { validityOf } from '../../replay/validity.js';
import { endpoint } from '../endpoint.js';
import { coverTokens } from '../reads.js';
import { findSnapshot, notRebuilt, snapshotParams } from '../recorded.js';
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
  problems: ['snapshot_not_found', 'snapshot_mismatch', 'snapshot_unreplayable', 'token_malformed', 'behind', 'stale'],
  scope: 'read',
  params: snapshotParams,
  query: z.strictObject(tokenQuery),
  handle: async ({ context, credential, params, query }) => {
    const { service } = context;
    const found = await findSnapshot(service, credential.tenant, params.id);
    if (found.kind === 'problem') return found;
    if (found.kind === 'failed') return notRebuilt(found.verdict);
    const uncovered = await coverTokens(service, query);
    if (uncovered !== undefined) return uncovered;
    const validity = await validityOf(service.replay, found.entry);
    if (validity.kind === 'failed') return notRebuilt(validity.verdict);
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
