/** POST /v1/rejected/{id}/redrive: fold the record again in its original place, as it was or repaired; the dry run shows it first. */
import { z } from '@hono/zod-openapi';
import { canonicalJson, type JsonValue } from '../../domain/canonical.js';
import { partitionKey, positionText } from '../../domain/position.js';
import { encodeToken } from '../../domain/token.js';
import { limits } from '../../limits.js';
import { endpoint } from '../endpoint.js';
import { invalid } from '../problems.js';
import { waitForJournal } from '../reads.js';
import { previewRedrive, previewSchema } from '../redrive.js';
import { findRejected, rejectedParams } from '../rejected.js';
import { json } from '../reply.js';

const body = z
  .strictObject({
    dryRun: z.boolean().default(false),
    repaired: z
      .union([
        z.strictObject({ json: z.custom<JsonValue>((value) => value !== undefined) }),
        z.strictObject({ base64: z.base64() }),
      ])
      .optional()
      .openapi({
        type: 'object',
        description:
          'The record value to fold instead: `{"json": …}` or `{"base64": "…"}`. Without it, the original bytes.',
      }),
  })
  .openapi('RedriveRequest', { example: { dryRun: true } });

const reply = z
  .object({
    id: z.string(),
    dryRun: z.boolean(),
    preview: previewSchema,
    decision: z.string().nullable().openapi({ description: 'Position of the decision; null for a dry run' }),
    token: z.string().nullable().openapi({ description: 'Covers the decision: pass it to see its effect' }),
  })
  .openapi('Redrive');

export const postRedrive = endpoint({
  method: 'post',
  path: '/v1/rejected/{id}/redrive',
  operationId: 'redriveRejected',
  tag: 'rejected',
  summary: 'Redrive a rejected event',
  description:
    'The key is folded again from its records with this one in its original place; nothing old is published again. A redrive that ' +
    'would be rejected again is refused and changes nothing; so is one of an interaction event, which is sent as a new event instead.',
  reply: { description: 'What changes, and the token of the decision', schema: reply },
  problems: [
    'rejected_not_found',
    'already_decided',
    'redrive_impossible',
    'forbidden',
    'log_failed',
    'behind',
    'state_unavailable',
  ],
  scope: 'operate',
  params: rejectedParams,
  body: { schema: body, optional: true },
  handle: async ({ context, credential, params, body: { dryRun, repaired } }) => {
    const { service } = context;
    const found = findRejected(service, credential, params.id);
    if (found.kind === 'problem') return found;
    const bytes = repaired === undefined ? null : bytesOf(repaired);
    if (bytes !== null && bytes.length > limits.eventBytesMax) {
      return invalid([{ in: 'body', pointer: '/repaired', detail: `more than ${limits.eventBytesMax} bytes` }]);
    }
    // What another instance has applied has to be in this one's journal too: the preview is folded from it.
    const unread = await waitForJournal(service, await service.engines.state.through(), limits.deadlineMsDefault);
    if (unread !== undefined) return unread;
    const look = () =>
      previewRedrive(service, credential, { event: service.rejected.find(params.id) ?? found.event, repaired: bytes });
    if (dryRun) {
      const result = await look();
      if (result.kind === 'problem') return result;
      return json({ id: params.id, dryRun, preview: result.preview, decision: null, token: null });
    }
    // What the preview was made of must not expire before the decision that rests on it is in the log, where expiry looks for it.
    const done = await service.rejected.alone(async () => {
      const result = await look();
      if (result.kind === 'problem') return result;
      return { ...result, position: await service.rejected.decide(params.id, { kind: 'redriven', repaired: bytes }) };
    });
    if (done.kind === 'problem') return done;
    const { preview, position } = done;
    // Another instance may have the record still to fold: the decision can be applied before it, and shows with it.
    const vector = new Map(
      [position, found.event.position].map((at) => [partitionKey(at.topic, at.partition), at.offset]),
    );
    const token = encodeToken(service.identity, vector);
    return json({ id: params.id, dryRun, preview, decision: positionText(position), token });
  },
});

function bytesOf(repaired: { readonly json: JsonValue } | { readonly base64: string }): Uint8Array {
  return 'json' in repaired ? Buffer.from(canonicalJson(repaired.json)) : Buffer.from(repaired.base64, 'base64');
}
