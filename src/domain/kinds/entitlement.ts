/** What an account may use, and when. Active or not at the evaluation instant, not at ingest. */
import { z } from 'zod';
import { type Window, windowOf } from '../time.js';
import { idText, instant, type KindDefinition, lowerWord, text } from './definition.js';

const schema = z.looseObject({
  id: idText,
  accountId: idText,
  product: idText,
  startsAt: instant,
  endsAt: instant,
  status: z.string().nullish(),
});

export interface EntitlementFacets {
  readonly kind: 'entitlement';
  readonly product: string;
  readonly window: Window;
  /** Revoked or suspended by its source, whatever its window says. */
  readonly revoked: boolean;
}

const revokedStatuses = new Set(['revoked', 'suspended', 'cancelled', 'canceled', 'expired', 'inactive', 'closed']);

export const entitlement: KindDefinition<'entitlement', EntitlementFacets> = {
  kind: 'entitlement',
  trust: 'business',
  schema,
  facets: (data) => ({
    kind: 'entitlement',
    product: text(data, 'product') ?? '',
    window: windowOf(text(data, 'startsAt'), text(data, 'endsAt')),
    revoked: revokedStatuses.has(lowerWord(data, 'status') ?? 'active'),
  }),
  ownerOf: (_id, data) => text(data, 'accountId'),
  textOf: () => null,
};
