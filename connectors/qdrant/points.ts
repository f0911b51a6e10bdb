/** Passages as Qdrant's points. The id of a point, its payload and its named vectors are described here and nowhere else. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Digest, isDigest } from '../../src/domain/canonical.js';
import { type EntityKey, entityKeyText } from '../../src/domain/entity.js';
import { isKind, type Kind } from '../../src/domain/kinds/index.js';
import { termsOf } from '../../src/retrieval/passage-terms.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { passageVector, type SparseVector } from './sparse.js';

export const vectorNames = { dense: 'dense', terms: 'terms' } as const;

/** Names that are filtered by. */
export const fields = {
  tenant: 'tenant',
  kind: 'kind',
  entity: 'entity',
  revision: 'rev',
  isDeleted: 'deleted',
} as const;

const payloadSchema = z.object({
  tenant: z.string().min(1),
  kind: z.custom<Kind>((value) => typeof value === 'string' && isKind(value)),
  id: z.string(),
  /** `entityKeyText`: one field to filter an entity by. */
  entity: z.string(),
  /** The number of the passage. */
  n: z.int().nonnegative(),
  /** Passages that the entity had at this revision. */
  of: z.int().nonnegative(),
  rev: z.int(),
  /** Of the entity; null when it is deleted. */
  hash: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)).nullable(),
  /** A tombstone stays, so that a late write of a lower revision finds something newer. */
  deleted: z.boolean(),
});
export type PointPayload = z.infer<typeof payloadSchema>;

export interface Point {
  readonly id: string;
  readonly vector: Readonly<Record<string, number[] | { indices: number[]; values: number[] }>>;
  readonly payload: Pick<PointPayload, 'entity' | 'rev'> & Readonly<Record<string, unknown>>;
}

/**
 * A UUID of version 8 (RFC 9562 section 5.8): a digest of the entity's key, and the passage's number in the last 32 bits. So the points
 * of one entity are neighbours in a scroll, which goes by id.
 */
export function pointId(key: EntityKey, n: number): string {
  const hash = createHash('sha256').update(entityKeyText(key)).digest('hex');
  const variant = ((Number.parseInt(hash.charAt(15), 16) & 0x3) | 0x8).toString(16);
  const number = n.toString(16).padStart(8, '0');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(12, 15)}-${variant}${hash.slice(16, 19)}-${hash.slice(19, 23)}${number}`;
}

/** Null for a payload that is no passage's, or not that of the point it came with. */
export function payloadOf(id: unknown, payload: unknown): PointPayload | null {
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { entity, n, hash, deleted } = parsed.data;
  const isOwn = entity === entityKeyText(keyOf(parsed.data)) && id === pointId(keyOf(parsed.data), n);
  return isOwn && (deleted || hash !== null) ? parsed.data : null;
}

export function keyOf({ tenant, kind, id }: PointPayload): EntityKey {
  return { tenant, kind, id };
}

export function passagePoint(write: IndexWrite, n: number): Point {
  const passage = write.passages[n];
  if (passage === undefined) return tombstone(write, n);
  const terms = passageVector(termsOf(passage));
  const dense = write.vectors[n];
  const vector = {
    ...(terms.indices.length === 0 ? {} : { [vectorNames.terms]: jsonOf(terms) }),
    ...(dense === undefined ? {} : { [vectorNames.dense]: Array.from(dense) }),
  };
  return { id: pointId(write.key, n), vector, payload: { ...payloadFor(write, n), deleted: false } };
}

export interface Buried extends Pick<IndexWrite, 'key' | 'entityHash' | 'revision'> {
  readonly passages: { readonly length: number };
}

/** Without vectors no search finds it. */
export function tombstone(write: Buried, n: number): Point {
  return { id: pointId(write.key, n), vector: {}, payload: { ...payloadFor(write, n), deleted: true } };
}

function payloadFor({ key, entityHash, revision, passages }: Buried, n: number) {
  const { tenant, kind, id } = key;
  return { tenant, kind, id, entity: entityKeyText(key), n, of: passages.length, rev: revision, hash: entityHash };
}

function jsonOf({ indices, values }: SparseVector) {
  return { indices: [...indices], values: [...values] };
}

/** What a collection is of; a collection says so in one point of its own, which belongs to no tenant. */
export interface Marker {
  readonly format: number;
  readonly generation: string;
  /** What the state store calls its contents. */
  readonly contents: string;
  /** Raised with every write, so that an older copy of the collection is told from it. */
  readonly rev: number;
  /** Whether the state has been asked to fill the collection. */
  readonly asked: boolean;
  /** Of a side generation: names what was begun with an empty collection. Another one, and nothing that was known of it holds. */
  readonly begun?: string | undefined;
}

/** Raise with any change of points, payload or sparse vectors. */
export const FORMAT = 1;
export const MARKER_ENTITY = '#marker';
export const markerId = '00000000-0000-8000-8000-000000000000';

const markerSchema = z.object({
  entity: z.literal(MARKER_ENTITY),
  format: z.int(),
  generation: z.string(),
  contents: z.string(),
  rev: z.int().nonnegative(),
  asked: z.boolean(),
  begun: z.string().optional(),
});

export function markerPoint(marker: Marker): Point {
  return { id: markerId, vector: {}, payload: { entity: MARKER_ENTITY, ...marker } };
}

/** Null when it is none. */
export function markerOf(payload: unknown): Marker | null {
  const parsed = markerSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { format, generation, contents, rev, asked, begun } = parsed.data;
  return { format, generation, contents, rev, asked, ...(begun === undefined ? {} : { begun }) };
}
