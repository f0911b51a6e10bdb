/**
 * Every request that is sent to Qdrant, as a pure function of what is asked; nothing else in this folder words one. All of them:
 *
 * - `GET /collections`, `GET /aliases`, `GET /collections/{name}`
 * - `PUT /collections/{name}`: `vectors` (named, `hnsw_config.m` 0), `sparse_vectors`, `hnsw_config`, `strict_mode_config`
 * - `PUT /collections/{name}/index?wait=true`: keyword with `is_tenant`, keyword, integer, bool
 * - `DELETE /collections/{name}`, `POST /collections/aliases`: `delete_alias` and `create_alias` in one call
 * - `PUT /collections/{name}/points?wait=true&ordering=strong`: points with named vectors (or none), `update_filter`
 * - `POST /collections/{name}/points/delete?wait=true&ordering=strong`: `filter`, or `points`
 * - `POST /collections/{name}/points?consistency=majority`: `ids` of the marker, or of points that are in the way
 * - `POST /collections/{name}/points/query?consistency=majority`: `query` (numbers, or `indices` and `values`), `using`, `filter`,
 *   `params.exact`, `limit`, `with_payload`, `with_vector`
 * - `POST /collections/{name}/points/scroll?consistency=majority`: `filter`, `limit`, `offset`, `with_payload`, `with_vector`
 * - `POST /collections/{name}/points/count`: `filter`, `exact`
 *
 * Filters are `must`, `should`, `key` with `match.value`, `match.any` or `range`; nested filters are used in `should`.
 */
import type { Schemas } from '@qdrant/js-client-rest';
import type { EntityKeyText } from '../../src/domain/entity.js';
import { limits } from '../../src/limits.js';
import type { IndexScope } from '../../src/retrieval/port.js';
import { fields, markerId, type Point, vectorNames } from './points.js';
import type { SparseVector } from './sparse.js';

type Filter = Schemas['Filter'];

/** Only what all majorities of replicas have seen is believed: a replica that lags would look like a store that fell back. */
const consistency = 'majority' as const;
const durably = { wait: true, ordering: 'strong' } as const;

/** Null: lexical only. */
export function collectionRequest(dimensions: number | null) {
  const dense = { size: dimensions ?? 0, distance: 'Dot', hnsw_config: { m: 0 } } as const;
  return {
    // The dot product, for vectors have length 1 already, and the scorer takes no other measure.
    vectors: dimensions === null ? {} : { [vectorNames.dense]: dense },
    sparse_vectors: { [vectorNames.terms]: {} },
    // Every search is exact: a graph would be built for nobody.
    hnsw_config: { m: 0 },
    strict_mode_config: {
      enabled: true,
      unindexed_filtering_retrieve: false,
      unindexed_filtering_update: false,
      max_query_limit: limits.indexProposalsMax,
    },
  };
}

/** Made before the first point, so that strict mode finds each field that is filtered by. */
export const payloadIndexes = [
  { field_name: fields.tenant, field_schema: { type: 'keyword', is_tenant: true }, wait: true },
  { field_name: fields.kind, field_schema: 'keyword', wait: true },
  { field_name: fields.entity, field_schema: 'keyword', wait: true },
  { field_name: fields.revision, field_schema: 'integer', wait: true },
  { field_name: fields.isDeleted, field_schema: 'bool', wait: true },
] as const;

export function denseRequest(scope: IndexScope, vector: Float32Array, limit: number) {
  const query = Array.from(vector);
  return { query, using: vectorNames.dense, params: { exact: true }, ...found(scope, limit) };
}

export function sparseRequest(scope: IndexScope, vector: SparseVector, limit: number) {
  const query = { indices: [...vector.indices], values: [...vector.values] };
  return { query, using: vectorNames.terms, ...found(scope, limit) };
}

function found({ tenant, kind }: IndexScope, limit: number) {
  const must = [is(fields.tenant, tenant), is(fields.kind, kind), is(fields.isDeleted, false)];
  return { filter: { must }, limit, with_payload: true, with_vector: false, consistency } as const;
}

export function countRequest(tenant: string) {
  return { filter: { must: [is(fields.tenant, tenant), is(fields.isDeleted, false)] }, exact: true };
}

export const wholeCountRequest = { exact: true } as const;

/** All points of these entities; the marker has a name among them. */
export function entitiesRequest(entities: readonly string[], offset: string | undefined) {
  const filter: Filter = { must: [{ key: fields.entity, match: { any: [...entities] } }] };
  return scrolled(filter, offset);
}

/** All points of a tenant, or of all; in the order of their ids, so those of an entity are neighbours. */
export function scrollRequest(tenant: string | null, offset: string | undefined) {
  return scrolled(tenant === null ? undefined : { must: [is(fields.tenant, tenant)] }, offset);
}

function scrolled(filter: Filter | undefined, offset: string | undefined) {
  const page = { limit: limits.indexPagePoints, with_payload: true, with_vector: false, consistency } as const;
  return { ...page, ...(filter === undefined ? {} : { filter }), ...(offset === undefined ? {} : { offset }) };
}

export function markerRequest() {
  return pointsRequest([markerId]);
}

export function pointsRequest(ids: readonly string[]) {
  return { ids: [...ids], with_payload: true, with_vector: false, consistency };
}

/**
 * Writes each point that is not there yet, or has a lower revision. The filter is one for all points of a request, so it names each
 * entity with the revision that is written of it.
 */
export function upsertRequest(points: readonly Point[]) {
  const revisions = new Map(points.map(({ payload }) => [payload.entity, payload.rev]));
  const should = Array.from(revisions, ([entity, revision]) => ({
    must: [is(fields.entity, entity), { key: fields.revision, range: { lt: revision } }],
  }));
  return {
    points: points.map((point) => ({ ...point, payload: { ...point.payload } })),
    update_filter: { should },
    ...durably,
  };
}

/** Takes out what an orphan has up to a revision: nothing newer that was written meanwhile. */
export function removeRequest(orphans: readonly { readonly entity: EntityKeyText; readonly revision: number }[]) {
  const should = orphans.map(({ entity, revision }) => ({
    must: [is(fields.entity, entity), { key: fields.revision, range: { lte: revision } }],
  }));
  return { filter: { should }, ...durably };
}

/** Takes out points whatever they are. */
export function removePointsRequest(ids: readonly string[]) {
  return { points: [...ids], ...durably };
}

/** Moves the alias in one step. */
export function aliasRequest(alias: string, collection: string, isThere: boolean) {
  const gone = isThere ? [{ delete_alias: { alias_name: alias } }] : [];
  return { actions: [...gone, { create_alias: { alias_name: alias, collection_name: collection } }] };
}

function is(key: string, value: string | boolean) {
  return { key, match: { value } };
}
