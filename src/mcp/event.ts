/** The one event that a tool records, and what its caller is told of it. */
import { z } from 'zod';
import { positionSchema } from '../api/schemas.js';
import { canonicalJson, digestOf, type JsonObject } from '../domain/canonical.js';
import { isJsonObject } from '../domain/json.js';
import type { Asking, Reply } from './asking.js';

const SOURCE = 'tidemark/mcp';

export interface RecordedEvent {
  readonly type: string;
  readonly subject: string;
  readonly correlationId: string | undefined;
  readonly causationId: string | undefined;
  readonly data: object;
  /** Absent: it is made of the content, so that the same call again is the same event. */
  readonly id?: string | undefined;
}

export const eventOutput = {
  id: z.string(),
  status: z.enum(['appended', 'duplicate']),
  position: positionSchema,
  token: z.string(),
};

/** `named`: what the reply repeats of the call. */
export async function recordEvent(asking: Asking, event: RecordedEvent, named: JsonObject): Promise<Reply> {
  const { type, subject, causationId, data } = event;
  // The header would add it later, to the same id.
  const correlationId = event.correlationId ?? asking.correlationId;
  const content = {
    specversion: '1.0',
    source: SOURCE,
    type,
    subject,
    ...(correlationId === undefined ? {} : { correlationid: correlationId }),
    ...(causationId === undefined ? {} : { causationid: causationId }),
    data,
  };
  const id = event.id ?? digestOf(canonicalJson(content as JsonObject));
  const reply = await asking.post('/v1/events', { ...content, id });
  if (reply.kind === 'refused') return reply;
  const { events, token = null } = reply.value;
  const [first] = Array.isArray(events) ? events : [];
  const value = { ...named, id, ...(isJsonObject(first) ? first : {}), token };
  return { kind: 'told', value, text: JSON.stringify(value) };
}
