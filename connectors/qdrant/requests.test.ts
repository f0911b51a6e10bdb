import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import { indexDelete, indexWrite } from '../../src/retrieval/contract-kit.js';
import { passagePoint } from './points.js';
import {
  aliasRequest,
  collectionRequest,
  countRequest,
  denseRequest,
  payloadIndexes,
  scrollRequest,
  sparseRequest,
  upsertRequest,
} from './requests.js';

describe('requests', () => {
  it('of a search name the tenant, the kind and what is not deleted, whatever the tenant is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 100 }), (tenant, limit) => {
        const scope = { tenant, kind: 'policy' } as const;
        const must = [
          { key: 'tenant', match: { value: tenant } },
          { key: 'kind', match: { value: 'policy' } },
          { key: 'deleted', match: { value: false } },
        ];
        const wanted = { filter: { must }, limit, with_vector: false };
        expect(denseRequest(scope, Float32Array.of(1, 0), limit)).toMatchObject({ ...wanted, params: { exact: true } });
        expect(sparseRequest(scope, { indices: [1], values: [2] }, limit)).toMatchObject(wanted);
        expect(countRequest(tenant).filter.must).toContainEqual(must[0]);
        expect(scrollRequest(tenant, undefined).filter).toEqual({ must: [must[0]] });
      }),
    );
  });

  it('filter by nothing that has no index', () => {
    const { update_filter } = upsertRequest([passagePoint(indexWrite('P-1', 1, ['refund']), 0)]);
    const asked = JSON.stringify([
      update_filter,
      denseRequest({ tenant: 'a', kind: 'policy' }, Float32Array.of(1), 1).filter,
    ]);
    const keys = Array.from(asked.matchAll(/"key":"(\w+)"/g), ([, key]) => key);
    const indexed = payloadIndexes.map(({ field_name }) => field_name);
    expect(new Set(keys)).toEqual(new Set(indexed));
    expect(payloadIndexes[0]).toMatchObject({ field_name: 'tenant', field_schema: { is_tenant: true } });
  });

  it('of a write name each entity once, with the revision that may replace a lower one', () => {
    const several = indexWrite('P-1', 4, ['refund', 'card']);
    const points = [passagePoint(several, 0), passagePoint(several, 1), passagePoint(indexDelete('P-2', 9), 0)];
    const { update_filter, wait, ordering } = upsertRequest(points);
    const below = (id: string, lt: number) => ({
      must: [
        { key: 'entity', match: { value: `4:acme/policy/${id}` } },
        { key: 'rev', range: { lt } },
      ],
    });
    expect(update_filter.should).toEqual([below('P-1', 4), below('P-2', 9)]);
    expect([wait, ordering]).toEqual([true, 'strong']);
  });

  it('of a collection build no graph, and allow no filter that reads everything', () => {
    const strict = { enabled: true, unindexed_filtering_retrieve: false, unindexed_filtering_update: false };
    expect(collectionRequest(384)).toMatchObject({
      vectors: { dense: { size: 384, distance: 'Dot', hnsw_config: { m: 0 } } },
      strict_mode_config: { ...strict, max_query_limit: limits.indexProposalsMax },
    });
    expect(collectionRequest(null).vectors).toEqual({});
  });

  it('move an alias in one call', () => {
    const made = { create_alias: { alias_name: 'a', collection_name: 'c' } };
    expect(aliasRequest('a', 'c', false)).toEqual({ actions: [made] });
    expect(aliasRequest('a', 'c', true)).toEqual({ actions: [{ delete_alias: { alias_name: 'a' } }, made] });
  });
});
