/** GET /v1/snapshots/{id}/diff: what has changed since, item by item and member by member. */
import { z } from '@hono/zod-openapi';
import type { JsonValue } from '../../domain/canonical.js';
import type { Entity } from '../../domain/entity.js';
import { isJsonObject } from '../../domain/json.js';
import type { ItemChange } from '../../replay/compare.js';
import { keyOfRef } from '../../replay/content.js';
import { endpoint } from '../endpoint.js';
import { judgeSnapshot } from '../judged.js';
import { snapshotParams } from '../recorded.js';
import { json } from '../reply.js';
import { changeSchema, freshnessSchema, tokenQuery } from '../schemas.js';
import type { ApiService } from '../service.js';

const member = z.object({ pointer: z.string(), before: z.unknown(), after: z.unknown() });

const reply = z
  .object({
    id: z.string(),
    same: z.boolean(),
    accountGone: z.boolean(),
    changes: z.array(changeSchema.extend({ fields: z.array(member) })),
    freshness: freshnessSchema,
    token: z.string(),
  })
  .openapi('Diff');

export const getDiff = endpoint({
  method: 'get',
  path: '/v1/snapshots/{id}/diff',
  operationId: 'diffSnapshot',
  tag: 'context',
  summary: 'Tell what has changed since a snapshot',
  description: '`before` is what was released, `after` what is applied now; a member that is absent there is null.',
  reply: { description: 'Changes in the order of the snapshot, then what is new', schema: reply },
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
    const { freshness, token, rebuilt } = validity;
    const told = validity.kind === 'superseded' ? validity.changes : [];
    const released = new Map(
      rebuilt.manifest.parsed.items.map(({ ref }, index) => [ref, rebuilt.items[index]?.entity]),
    );
    const changes = await withValues(service, credential.tenant, { changes: told, released });
    const same = validity.kind === 'valid';
    return json({ id: params.id, same, accountGone: validity.kind === 'account_gone', changes, freshness, token });
  },
});

interface Told {
  readonly changes: readonly ItemChange[];
  readonly released: ReadonlyMap<string, Entity | undefined>;
}

async function withValues(service: ApiService, tenant: string, { changes, released }: Told) {
  const keys = changes.flatMap(({ ref }) => keyOfRef(tenant, ref) ?? []);
  const current = await service.engines.state.entities(keys);
  return changes.map((change, index) => {
    const before = jsonOf(released.get(change.ref));
    const after = jsonOf(current[index]);
    const fields = change.fields.map((pointer) => ({
      pointer,
      before: at(before, pointer),
      after: at(after, pointer),
    }));
    return { ...change, fields };
  });
}

function jsonOf(entity: Entity | undefined): JsonValue {
  return entity?.status === 'present' ? (JSON.parse(entity.json) as JsonValue) : null;
}

/** What a JSON pointer (RFC 6901) names; null for nothing. */
function at(value: JsonValue, pointer: string): JsonValue {
  let found: JsonValue = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    found = (isJsonObject(found) ? found[name] : undefined) ?? null;
  }
  return found;
}
