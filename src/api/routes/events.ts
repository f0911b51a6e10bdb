/** POST /v1/events: append events. */
import { z } from '@hono/zod-openapi';
import type { JsonValue } from '../../domain/canonical.js';
import { approvalTypes } from '../../domain/interaction/decision.js';
import { isJsonObject } from '../../domain/json.js';
import { TidemarkError } from '../../errors.js';
import { limits } from '../../limits.js';
import { readBinaryEvent } from '../binary-event.js';
import { correlationOf } from '../correlation.js';
import { endpoint } from '../endpoint.js';
import { lacksScope } from '../exchange.js';
import { invalid, type MemberFault, type Problem, problem } from '../problems.js';
import { json } from '../reply.js';
import { positionJson, positionSchema } from '../schemas.js';

const event = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string().openapi({ description: 'Begins with what it is about: account, ticket, entitlement, policy, …' }),
    subject: z.string().optional(),
    time: z.string().optional(),
    op: z.enum(['upsert', 'patch', 'delete']).optional(),
    entityversion: z.string().optional(),
    data: z.looseObject({}).optional(),
  })
  .openapi('CloudEvent', {
    description:
      'CloudEvents 1.0, structured mode. What is wrong with one is told by the reason codes of rejected events.',
    example: {
      specversion: '1.0',
      id: 'e-1',
      source: 'crm',
      type: 'account.updated',
      subject: 'a-1',
      data: { id: 'a-1', name: 'Northquay', plan: 'team' },
    },
  });

const shown = z.union([event, z.array(event)]);

const reply = z.object({
  events: z.array(z.object({ status: z.enum(['appended', 'duplicate']), position: positionSchema })),
  token: z.string(),
});

const ONE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

/** The event's own rules judge it, one by one; here only the shape of the request is checked. */
const unread = z.custom<JsonValue>(() => true);

export const postEvents = endpoint({
  method: 'post',
  path: '/v1/events',
  operationId: 'appendEvents',
  tag: 'events',
  summary: 'Append one event or a batch',
  description:
    'All events of a request are appended, or none. Repeating an event, by (source, id), with the same body has one effect and ' +
    'answers with the first position; an id of a source names one event of the tenant, whatever it is about. The token covers every ' +
    'position of the reply. Snapshots that decisions and calls name must be on record. `decision.approved` and `decision.overridden` ' +
    'take the scope `approve` beside `write`: an agent does not approve what it proposes. The header ' +
    '`correlation-id` is the `correlationid` of events that have none, and so a part of them. Also reads binary mode: one event with its ' +
    'attributes in `ce-` headers and its data, JSON, as the body.',
  reply: { description: 'The positions, in the order of the events, and a token', schema: reply },
  problems: ['event_rejected', 'event_id_reused', 'behind', 'overloaded', 'log_failed', 'stopping'],
  scope: 'write',
  body: { schema: unread, shown, mediaTypes: ['application/json', ONE, BATCH] },
  handle: async ({ context, credential, request, body, mediaType }) => {
    const isStructured = mediaType === ONE || mediaType === BATCH;
    const binary = isStructured ? ({ kind: 'not_binary' } as const) : readBinaryEvent(request.headers(), body);
    if (binary.kind === 'faulty') return invalid(binary.faults);
    const value = binary.kind === 'event' ? binary.event : body;
    const shape = faultOfShape(value, mediaType);
    if (shape !== undefined) return shape;
    const named = correlationOf({ body: {}, request });
    if (named.kind === 'problem') return named;
    const bodies = (Array.isArray(value) ? value : [value]).map((event) => correlated(event, named.correlationId));
    if (bodies.some(isApproval) && !credential.scopes.includes('approve')) return lacksScope('approve');
    try {
      const { events, token } = await context.service.intake.append(credential.tenant, bodies);
      return json({
        events: events.map(({ status, position }) => ({ status, position: positionJson(position) })),
        token,
      });
    } catch (error) {
      if (error instanceof TidemarkError && error.code === 'event_rejected') return notUnderstood(error, value);
      throw error;
    }
  },
});

/** What says nothing of its interaction belongs to the one that the header names. */
function correlated(event: JsonValue, correlationId: string | undefined): JsonValue {
  if (correlationId === undefined || !isJsonObject(event) || (event.correlationid ?? null) !== null) return event;
  return { ...event, correlationid: correlationId };
}

function isApproval(event: JsonValue): boolean {
  return isJsonObject(event) && typeof event.type === 'string' && approvalTypes.includes(event.type);
}

function faultOfShape(value: JsonValue | undefined, mediaType: string): Problem | undefined {
  const expected = { [ONE]: 'one event, a JSON object', [BATCH]: 'an array of events' }[mediaType];
  const isBatch = Array.isArray(value);
  if ((mediaType === ONE && isBatch) || (mediaType === BATCH && !isBatch) || value === undefined) {
    return invalid([{ in: 'body', pointer: '', detail: `must be ${expected ?? 'an event or an array of events'}` }]);
  }
  if (isBatch && value.length === 0) return invalid([{ in: 'body', pointer: '', detail: 'must hold an event' }]);
  if (!isBatch || value.length <= limits.batchEventsMax) return undefined;
  return problem({
    code: 'request_too_large',
    message: 'the batch holds more events than the limit',
    advice: 'Send it in several requests.',
    retriable: false,
    facts: { events: value.length, eventsMax: limits.batchEventsMax },
  });
}

/** The intake names each fault as "/index: reason: …"; of a single event the pointer is the body itself. */
function notUnderstood(error: TidemarkError, value: JsonValue): Problem {
  const told = error.facts.errors;
  const errors = (Array.isArray(told) ? told : []).map((text: string): MemberFault => {
    const end = text.indexOf(': ');
    return { in: 'body', pointer: Array.isArray(value) ? text.slice(0, end) : '', detail: text.slice(end + 2) };
  });
  const { code, message, advice, retriable } = error;
  return problem({ code, message, advice, retriable, errors });
}
