/** A customer of the tenant. */
import { z } from 'zod';
import { idText, type KindDefinition, text } from './definition.js';

const schema = z.looseObject({
  id: idText,
  name: z.string().nullish(),
  plan: z.string().nullish(),
  region: z.string().nullish(),
  status: z.string().nullish(),
});

export interface AccountFacets {
  readonly kind: 'account';
  /** Compared with a policy's `appliesTo`. */
  readonly plan: string | null;
  readonly region: string | null;
}

export const account: KindDefinition<'account', AccountFacets> = {
  kind: 'account',
  trust: 'business',
  schema,
  facets: (data) => ({ kind: 'account', plan: text(data, 'plan'), region: text(data, 'region') }),
  ownerOf: (id) => id,
  textOf: () => null,
};
