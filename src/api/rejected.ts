/** Rejected events as the API shows them, and to whom. */
import { z } from '@hono/zod-openapi';
import { parsePositionText } from '../domain/position.js';
import { rejectionAdvice } from '../domain/rejection.js';
import { instantText } from '../domain/time.js';
import type { RejectedEvent } from '../log/rejected-port.js';
import type { Credential } from './auth.js';
import { type Problem, problem } from './problems.js';
import { positionJson, positionSchema } from './schemas.js';
import type { ApiService } from './service.js';

export const rejectedParams = z.strictObject({
  id: z.string().openapi({ description: 'topic:partition:offset of the record', example: 'support.tickets:3:8812' }),
});

export const bytesSchema = z
  .union([z.object({ text: z.string() }), z.object({ base64: z.string() })])
  .openapi('Bytes', { description: 'As text where it is UTF-8, else as base64' });

export const rejectedSchema = z
  .object({
    id: z.string(),
    position: positionSchema,
    reason: z.string(),
    detail: z.string(),
    advice: z.string(),
    concern: z.object({ tenant: z.string().nullable(), ref: z.string().nullable(), account: z.string().nullable() }),
    rejectedAt: z.string(),
    status: z.enum(['open', 'redriven', 'discarded']).openapi({
      description:
        'What was decided; open: nothing yet. Where a newer full state has replaced what was rejected, there is nothing left to ' +
        'decide: it stays open and blocks nothing.',
    }),
    decidedAt: z.string().nullable().openapi({ description: 'Position of the decision' }),
    blocking: z.boolean().openapi({ description: 'Answers about its key are labelled incomplete because of it' }),
  })
  .openapi('Rejected');

/** A record whose tenant nobody can read may hold anybody's data: operators only. */
export function visibleTo({ rejected }: ApiService, credential: Credential): readonly RejectedEvent[] {
  if (credential.operator) return rejected.list(null);
  return rejected.list(credential.tenant).filter(({ concern }) => concern.tenant === credential.tenant);
}

export type FoundRejected = { readonly kind: 'found'; readonly event: RejectedEvent } | Problem;

export function findRejected({ rejected }: ApiService, credential: Credential, id: string): FoundRejected {
  const event = parsePositionText(id) === undefined ? undefined : rejected.find(id);
  if (event !== undefined && (credential.operator || event.concern.tenant === credential.tenant)) {
    return { kind: 'found', event };
  }
  return problem({
    code: 'rejected_not_found',
    message: 'no rejected event of this id is visible to this credential',
    advice:
      'GET /v1/rejected lists them; ids are topic:partition:offset. Of several instances one may hear of it some moments after another.',
    retriable: false,
  });
}

/** Which of the events still block: neither decided about nor replaced by a newer full state. */
export async function blockingOf({ engines }: ApiService, events: readonly RejectedEvent[]): Promise<Set<string>> {
  // A record of no known tenant is among the marks of every tenant.
  const tenants = new Set(events.map(({ concern }) => concern.tenant ?? ''));
  const views = await Promise.all([...tenants].map((tenant) => engines.state.tenant(tenant)));
  return new Set(views.flatMap(({ blocked }) => blocked.map(({ rejected }) => rejected)));
}

export function rejectedJson(event: RejectedEvent, blocking: ReadonlySet<string>): z.infer<typeof rejectedSchema> {
  const { id, position, rejection, concern, rejectedAtMs, decision } = event;
  const { tenant, kind, id: entityId, accountId } = concern;
  return {
    id,
    position: positionJson(position),
    reason: rejection.reason,
    detail: rejection.detail,
    advice: rejectionAdvice[rejection.reason],
    concern: { tenant, ref: kind === null || entityId === null ? null : `${kind}/${entityId}`, account: accountId },
    rejectedAt: instantText(rejectedAtMs),
    status: decision?.kind ?? 'open',
    decidedAt: decision?.at ?? null,
    blocking: blocking.has(id),
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function bytesJson(bytes: Uint8Array): z.infer<typeof bytesSchema>;
export function bytesJson(bytes: Uint8Array | null): z.infer<typeof bytesSchema> | null;
export function bytesJson(bytes: Uint8Array | null): z.infer<typeof bytesSchema> | null {
  if (bytes === null) return null;
  try {
    return { text: utf8.decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}
