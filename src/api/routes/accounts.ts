/** GET /v1/accounts/{id}: the state of an account with the watermark of everything in it. */
import { z } from '@hono/zod-openapi';
import { concernedRef } from '../../domain/concerned-ref.js';
import { refOf } from '../../domain/entity.js';
import type { BlockedMark } from '../../state/port.js';
import { endpoint } from '../endpoint.js';
import { accountNotFound, readAccount, readAccountAsOf, readProblems } from '../reads.js';
import { jsonText, withValue } from '../reply.js';
import { asOfToken, entityHead, entitySchema, freshnessSchema, idText, tokenQuery } from '../schemas.js';

export const accountParams = z.strictObject({ id: idText.openapi({ example: 'a-1' }) });

const blockedSchema = z.object({ rejected: z.string(), ref: z.string().nullable() });

const reply = z
  .object({
    account: entitySchema,
    members: z.array(entitySchema),
    version: z
      .int()
      .openapi({ description: 'Moves with every change that touches the account, in this process; 0 with asOf' }),
    blocked: z
      .array(blockedSchema)
      .openapi({ description: 'Rejected events that keep this state from being complete' }),
    freshness: freshnessSchema,
    token: z.string(),
  })
  .openapi('AccountState');

export const getAccount = endpoint({
  method: 'get',
  path: '/v1/accounts/{id}',
  operationId: 'getAccount',
  tag: 'accounts',
  summary: 'Read the state of an account',
  description: 'The account, its tickets and entitlements, each with the position and version it was last changed by.',
  reply: { description: 'The state as of one instant', schema: reply },
  problems: readProblems,
  scope: 'read',
  params: accountParams,
  query: z.strictObject({ ...tokenQuery, asOf: asOfToken }),
  handle: async ({ context, credential, params, query }) => {
    const { service } = context;
    const subject = { tenant: credential.tenant, accountId: params.id };
    const read = await (query.asOf === undefined
      ? readAccount(service, subject, query)
      : readAccountAsOf(service, subject, { ...query, asOf: query.asOf }));
    if (read.kind === 'problem') return read;
    const { view, freshness, token } = read;
    const { account, version } = view;
    if (account?.status !== 'present') {
      return accountNotFound({ status: account === undefined ? 'unknown' : 'deleted', freshness, token });
    }
    const members = [...view.members].sort((a, b) => (refOf(a.key) < refOf(b.key) ? -1 : 1));
    const text = members.map((member) => withValue(entityHead(member), member.json)).join(',');
    const rest = JSON.stringify({ version, blocked: view.blocked.map(blockedJson), freshness, token });
    return jsonText(`{"account":${withValue(entityHead(account), account.json)},"members":[${text}],${rest.slice(1)}`);
  },
});

export function blockedJson({ rejected, concern }: BlockedMark): z.infer<typeof blockedSchema> {
  return { rejected, ref: concernedRef(concern) };
}
