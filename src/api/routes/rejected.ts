/** GET /v1/rejected: rejected events, newest first; GET /v1/rejected/{id}: one of them, explained with its bytes. */
import { z } from '@hono/zod-openapi';
import { limits } from '../../limits.js';
import { endpoint } from '../endpoint.js';
import { invalid } from '../problems.js';
import {
  blockingOf,
  bytesJson,
  bytesSchema,
  findRejected,
  rejectedJson,
  rejectedParams,
  rejectedSchema,
  visibleTo,
} from '../rejected.js';
import { json } from '../reply.js';
import { countText } from '../schemas.js';

const listQuery = z.strictObject({
  status: z.enum(['open', 'redriven', 'discarded']).optional(),
  after: z.string().optional().openapi({ description: '`nextAfter` of the page before' }),
  limit: countText(limits.rejectedPageDefault, limits.rejectedPageMax),
});

const listReply = z
  .object({ rejected: z.array(rejectedSchema), total: z.int(), nextAfter: z.string().nullable() })
  .openapi('RejectedPage');

export const listRejected = endpoint({
  method: 'get',
  path: '/v1/rejected',
  operationId: 'listRejected',
  tag: 'rejected',
  summary: 'List rejected events',
  description: "The tenant's own; an operator's credential sees all tenants' and those whose tenant nobody can read.",
  reply: { description: 'A page, newest first', schema: listReply },
  problems: ['state_unavailable'],
  scope: 'operate',
  query: listQuery,
  handle: async ({ context, credential, query }) => {
    const { service } = context;
    const wanted = query.status;
    const all = visibleTo(service, credential);
    const listed = wanted === undefined ? all : all.filter((event) => (event.decision?.kind ?? 'open') === wanted);
    const start = query.after === undefined ? 0 : all.findIndex(({ id }) => id === query.after) + 1;
    if (query.after !== undefined && start === 0) {
      return invalid([{ in: 'query', pointer: '/after', detail: 'names no rejected event' }]);
    }
    // The page before may end at an event that has been decided since: it is found among all of them.
    const passed = new Set(all.slice(0, start).map(({ id }) => id));
    const rest = listed.filter(({ id }) => !passed.has(id));
    const page = rest.slice(0, query.limit);
    const blocking = await blockingOf(service, page);
    const rejected = page.map((event) => rejectedJson(event, blocking));
    const nextAfter = rest.length > page.length ? (page.at(-1)?.id ?? null) : null;
    return json({ rejected, total: listed.length, nextAfter });
  },
});

const explainReply = rejectedSchema
  .extend({
    record: z
      .object({
        key: bytesSchema.nullable(),
        value: bytesSchema.nullable(),
        headers: z.array(z.object({ name: z.string(), value: bytesSchema })),
      })
      .nullable()
      .openapi({
        description:
          'The record as it was; null when the letter is no longer kept, or the record was too large to be copied',
      }),
  })
  .openapi('RejectedExplained');

export const getRejected = endpoint({
  method: 'get',
  path: '/v1/rejected/{id}',
  operationId: 'explainRejected',
  tag: 'rejected',
  summary: 'Explain a rejected event',
  reply: { description: 'Why, what to do, and the record as it was', schema: explainReply },
  problems: ['rejected_not_found', 'state_unavailable'],
  scope: 'operate',
  params: rejectedParams,
  handle: async ({ context, credential, params }) => {
    const { service } = context;
    const event = findRejected(service, credential, params.id);
    if (event.kind === 'problem') return event;
    const kept = await service.rejected.bytesOf(params.id);
    const record = kept && {
      key: bytesJson(kept.key),
      value: bytesJson(kept.value),
      headers: kept.headers.map(([name, value]) => ({ name, value: bytesJson(value) })),
    };
    const blocking = await blockingOf(service, [event.event]);
    return json({ ...rejectedJson(event.event, blocking), record: record ?? null });
  },
});
