/** GET /v1/accounts/{id}/history: every record that touched the account, and what it did. */
import { z } from '@hono/zod-openapi';
import { positionText } from '../../domain/position.js';
import { rejectionAdvice } from '../../domain/rejection.js';
import { limits } from '../../limits.js';
import { endpoint } from '../endpoint.js';
import { effectOf, eventOf, historyOf, type Touch } from '../history.js';
import { invalid } from '../problems.js';
import { accountNotFound, readAccount, waitForJournal } from '../reads.js';
import { json } from '../reply.js';
import { countText, freshnessSchema, positionJson, positionSchema, tokenQuery } from '../schemas.js';
import type { ApiService } from '../service.js';
import { accountParams } from './accounts.js';

const entry = z
  .object({
    position: positionSchema,
    ref: z.string(),
    outcome: z.enum(['applied', 'superseded', 'duplicate', 'rejected', 'noted']),
    effect: z.enum(['created', 'changed', 'deleted', 'moved_in', 'moved_out', 'none']),
    fields: z.array(z.string()),
    entityVersion: z.string().nullable(),
    eventType: z.string().nullable(),
    eventId: z.string().nullable(),
    eventSource: z.string().nullable(),
    eventTime: z.string().nullable(),
    rejected: z.object({ id: z.string(), reason: z.string(), advice: z.string() }).nullable(),
  })
  .openapi('HistoryEntry');

const reply = z
  .object({
    entries: z.array(entry),
    complete: z.boolean().openapi({ description: 'False: records of the keys under `lost` are no longer kept' }),
    lost: z.array(z.object({ ref: z.string(), why: z.string(), position: z.string() })),
    nextAfter: z.string().nullable().openapi({ description: 'Pass as `after` for the next page; null on the last' }),
    freshness: freshnessSchema,
    token: z.string(),
  })
  .openapi('History');

const query = z.strictObject({
  ...tokenQuery,
  after: z.string().optional().openapi({ description: '`nextAfter` of the page before' }),
  limit: countText(limits.historyPageDefault, limits.historyPageMax),
});

export const getHistory = endpoint({
  method: 'get',
  path: '/v1/accounts/{id}/history',
  operationId: 'accountHistory',
  tag: 'accounts',
  summary: 'Read how the state of an account came about',
  description:
    'Records that were superseded, repeated or rejected are listed too: they touched the account and changed nothing.',
  reply: { description: 'A page of records, oldest first', schema: reply },
  problems: [
    'account_not_found',
    'token_malformed',
    'token_of_another_log',
    'token_in_future',
    'behind',
    'stale',
    'state_unavailable',
  ],
  scope: 'read',
  params: accountParams,
  query,
  handle: async ({ context, credential, params, query: asked }) => {
    const { service } = context;
    const subject = { tenant: credential.tenant, accountId: params.id };
    const read = await readAccount(service, subject, asked);
    if (read.kind === 'problem') return read;
    const { view, freshness, token } = read;
    const unread = await waitForJournal(service, view.through, asked.deadlineMs);
    if (unread !== undefined) return unread;
    const { touches, lost } = await historyOf(service, subject, view.through);
    if (touches.length === 0 && lost.length === 0) return accountNotFound({ status: 'unknown', freshness, token });
    const start = asked.after === undefined ? 0 : touches.findIndex((touch) => nameOf(touch) === asked.after) + 1;
    if (asked.after !== undefined && start === 0) {
      return invalid([{ in: 'query', pointer: '/after', detail: 'names no record of this history' }]);
    }
    const page = touches.slice(start, start + asked.limit);
    const last = page.at(-1);
    const nextAfter = last !== undefined && start + page.length < touches.length ? nameOf(last) : null;
    const entries = page.map((touch) => entryOf(service, touch, params.id));
    return json({ entries, complete: lost.length === 0, lost, nextAfter, freshness, token });
  },
});

function nameOf({ taken }: Touch): string {
  return positionText(taken.record.position);
}

function entryOf(service: ApiService, touch: Touch, accountId: string): z.infer<typeof entry> {
  const { ref, taken } = touch;
  const { record, step } = taken;
  const event = eventOf(service, taken);
  const { effect, fields } = effectOf(touch, accountId);
  const reason = step.outcome === 'rejected' ? step.rejection.reason : null;
  return {
    position: positionJson(record.position),
    ref,
    outcome: step.outcome,
    effect,
    fields: [...fields],
    entityVersion: step.outcome === 'applied' ? step.entity.watermark.version : null,
    eventType: event?.type ?? null,
    eventId: event?.id ?? null,
    eventSource: event?.source ?? null,
    eventTime: event?.time ?? null,
    rejected: reason === null ? null : { id: nameOf(touch), reason, advice: rejectionAdvice[reason] },
  };
}
