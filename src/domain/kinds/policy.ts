/** A rule of the tenant, one entity per version. Which version is in force is decided at the evaluation instant. */
import { z } from 'zod';
import type { JsonObject } from '../canonical.js';
import { isJsonObject } from '../json.js';
import { type Window, windowOf } from '../time.js';
import { idText, instant, type KindDefinition, text } from './definition.js';

const names = z.array(z.string()).nullish();

const schema = z.looseObject({
  id: idText,
  policyId: idText,
  version: z.union([idText, z.number().int().nonnegative()]),
  title: z.string(),
  body: z.string(),
  effectiveFrom: instant,
  effectiveTo: instant,
  appliesTo: z.looseObject({ plans: names, regions: names, products: names }).nullish(),
});

export interface PolicyFacets {
  readonly kind: 'policy';
  readonly id: string;
  /** What the versions of one policy share. */
  readonly policyId: string;
  readonly version: string;
  readonly window: Window;
  /** Null means every one; an empty list, too, since a rule for nobody has no use. */
  readonly plans: readonly string[] | null;
  readonly regions: readonly string[] | null;
  readonly products: readonly string[] | null;
}

function namesOf(data: JsonObject, field: string): readonly string[] | null {
  const appliesTo = data.appliesTo;
  const list = isJsonObject(appliesTo) ? appliesTo[field] : null;
  const found = Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [];
  return found.length === 0 ? null : found;
}

export const policy: KindDefinition<'policy', PolicyFacets> = {
  kind: 'policy',
  trust: 'business',
  schema,
  facets: (data) => ({
    kind: 'policy',
    id: text(data, 'id') ?? '',
    policyId: text(data, 'policyId') ?? '',
    version: String(data.version),
    window: windowOf(text(data, 'effectiveFrom'), text(data, 'effectiveTo')),
    plans: namesOf(data, 'plans'),
    regions: namesOf(data, 'regions'),
    products: namesOf(data, 'products'),
  }),
  ownerOf: () => null,
  textOf: (data) => ({ title: text(data, 'title') ?? '', sections: [text(data, 'body') ?? ''] }),
};
