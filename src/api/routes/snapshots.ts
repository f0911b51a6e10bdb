/** GET /v1/snapshots/{id}: the released bytes, rebuilt from the journal. */
import { z } from '@hono/zod-openapi';
import { auditPlaceJson } from '../../audit/place.js';
import { epochsFromJson } from '../../domain/epochs.js';
import { vectorFromJson } from '../../domain/position.js';
import { encodeToken } from '../../domain/token.js';
import { rebuildSnapshot } from '../../replay/content.js';
import { etagOf, withEnvelope } from '../../snapshot/render.js';
import { endpoint } from '../endpoint.js';
import { findSnapshot, notRebuilt, snapshotParams } from '../recorded.js';
import { jsonText, type Reply } from '../reply.js';
import { snapshotSchema } from '../schemas.js';

export const getSnapshot = endpoint({
  method: 'get',
  path: '/v1/snapshots/{id}',
  operationId: 'getSnapshot',
  tag: 'context',
  summary: 'Read a released snapshot again',
  description:
    'Rebuilt from the journal and held against its manifest; nothing but the manifest is stored of a snapshot. With If-None-Match ' +
    'and the ETag of an earlier reply: 304. The reply is never to be stored on the way (no-store): comparing is for the client that ' +
    'has kept it.',
  reply: { description: 'The bytes that were released', schema: snapshotSchema },
  problems: ['snapshot_not_found', 'behind', 'snapshot_mismatch', 'snapshot_unreplayable', 'state_unavailable'],
  scope: 'read',
  params: snapshotParams,
  query: z.strictObject({}),
  handle: async ({ context, credential, params, request }) => {
    const { service } = context;
    const found = await findSnapshot(service, credential.tenant, params.id);
    if (found.kind === 'problem') return found;
    if (found.kind === 'failed') return notRebuilt(found.verdict);
    // Rebuilt before it is compared: 304 says that the snapshot is still to be had.
    const rebuilt = await rebuildSnapshot(service.replay, found.entry);
    if (rebuilt.kind === 'failed') return notRebuilt(rebuilt.verdict);
    const { parsed } = rebuilt.manifest;
    const etag = etagOf(parsed.content);
    if (matches(request.header('if-none-match'), etag)) return notModified(etag);
    const { through, epochs } = parsed.stamp;
    const token = encodeToken(service.identity, vectorFromJson(through), epochsFromJson(epochs));
    const body = withEnvelope(rebuilt.body, { token, audit: auditPlaceJson(found.entry.position) });
    return jsonText(body, { etag });
  },
});

/** RFC 9110 section 13.1.2: `*` or a list of entity tags, compared weakly. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => ['*', etag].includes(part.trim().replace(/^W\//, '')));
}

function notModified(etag: string): Reply {
  return { kind: 'reply', status: 304, headers: { etag }, body: null };
}
