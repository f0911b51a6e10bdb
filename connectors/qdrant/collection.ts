/**
 * The collection of one build of the index and one history of the state. Another embedder, other rules, or a state that has begun anew
 * has another collection, so nothing of one is ever found through the other. The alias names the one that is complete.
 */
import { z } from 'zod';
import { sha256Hex } from '../../src/domain/canonical.js';
import { TidemarkError } from '../../src/errors.js';
import { isFailure, type QdrantCalls } from './calls.js';
import { FORMAT, type Marker, markerOf, markerPoint, vectorNames } from './points.js';
import { checked, countOf, onlyPayloadOf } from './replies.js';
import {
  aliasRequest,
  collectionRequest,
  markerRequest,
  payloadIndexes,
  upsertRequest,
  wholeCountRequest,
} from './requests.js';

export interface CollectionIdentity {
  readonly alias: string;
  readonly generation: string;
  /** `StateStore.contents()`. */
  readonly contents: string;
  /** Null: lexical only. */
  readonly dimensions: number | null;
}

/** 32 bits tell a handful of collections apart; the marker tells for certain. */
export function collectionName({ alias, generation, contents }: CollectionIdentity): string {
  return `${alias}-${sha256Hex(JSON.stringify([FORMAT, generation, contents])).slice(0, 8)}`;
}

function isCollectionOf(alias: string, name: string): boolean {
  return name.startsWith(`${alias}-`) && /^[0-9a-f]{8}$/.test(name.slice(alias.length + 1));
}

const namesSchema = z.object({ collections: z.array(z.object({ name: z.string() })) });
const aliasesSchema = z.object({ aliases: z.array(z.object({ alias_name: z.string(), collection_name: z.string() })) });
const infoSchema = z.object({
  config: z.object({
    params: z.object({
      vectors: z.record(z.string(), z.unknown()).nullish(),
      sparse_vectors: z.record(z.string(), z.unknown()).nullish(),
    }),
  }),
  payload_schema: z.record(z.string(), z.unknown()),
});
const denseSchema = z.object({ size: z.number(), distance: z.string() });

/** Makes it unless it is there. Its marker; rejects with `config_invalid` where something else stands in its place. */
export async function ensureCollection(calls: QdrantCalls, identity: CollectionIdentity): Promise<Marker> {
  await requireAlias(calls, identity.alias);
  const name = collectionName(identity);
  const { collections } = checked(namesSchema, await calls.write((client) => client.getCollections()));
  if (!collections.some((one) => one.name === name)) await create(calls, name, identity.dimensions);
  const info = checked(infoSchema, await calls.write((client) => client.getCollection(name)));
  requireShape(info, name, identity.dimensions);
  for (const index of payloadIndexes) {
    if (index.field_name in info.payload_schema) continue;
    await calls.write((client) => client.createPayloadIndex(name, index));
  }
  return await ensureMarker(calls, name, identity);
}

async function create(calls: QdrantCalls, name: string, dimensions: number | null): Promise<void> {
  try {
    await calls.write((client) => client.createCollection(name, collectionRequest(dimensions)));
  } catch (error) {
    // Another instance may have made it meanwhile; whether it is the right one is looked at next.
    if (!isFailure(error, 'refused')) throw error;
  }
}

async function ensureMarker(calls: QdrantCalls, name: string, identity: CollectionIdentity): Promise<Marker> {
  const { generation, contents } = identity;
  const look = async () =>
    markerOf(onlyPayloadOf(await calls.write((client) => client.retrieve(name, markerRequest()))));
  const seen = await look();
  const points = seen === null ? countOf(await calls.write((client) => client.count(name, wholeCountRequest))) : 0;
  // What has points now and had no marker a moment ago may have been begun by another instance meanwhile.
  const held = points > 0 ? await look() : seen;
  if (held !== null) {
    const isOurs = held.format === FORMAT && held.generation === generation && held.contents === contents;
    if (!isOurs) throw refusal(`the collection "${name}" is of another build of the index or another history`);
    return held;
  }
  if (points > 0) throw refusal(`the collection "${name}" has points and does not say whose they are`);
  const marker: Marker = { format: FORMAT, generation, contents, rev: 1, asked: false };
  await calls.write((client) => client.upsert(name, upsertRequest([markerPoint(marker)])));
  return marker;
}

function requireShape({ config }: z.infer<typeof infoSchema>, name: string, dimensions: number | null): void {
  const { vectors, sparse_vectors } = config.params;
  const dense = denseSchema.safeParse(vectors?.[vectorNames.dense]);
  const size = dense.success ? dense.data.size : null;
  if (size !== dimensions) {
    const has = size === null ? 'no vectors of passages' : `vectors of ${size} numbers`;
    throw refusal(`the collection "${name}" has ${has}, the embedder makes ${dimensions ?? 'none'}`);
  }
  if (dense.success && dense.data.distance !== 'Dot') {
    throw refusal(`the collection "${name}" measures by ${dense.data.distance}, not by the dot product`);
  }
  if (sparse_vectors?.[vectorNames.terms] === undefined) throw refusal(`the collection "${name}" has no words`);
}

/** What the alias points to, or null. A name of something else is left alone. */
async function requireAlias(calls: QdrantCalls, alias: string): Promise<string | null> {
  const [{ collections }, { aliases }] = await Promise.all([
    calls.write(async (client) => checked(namesSchema, await client.getCollections())),
    calls.write(async (client) => checked(aliasesSchema, await client.getAliases())),
  ]);
  if (collections.some(({ name }) => name === alias)) throw refusal(`"${alias}" is a collection of something else`);
  const target = aliases.find(({ alias_name }) => alias_name === alias)?.collection_name ?? null;
  if (target !== null && !isCollectionOf(alias, target)) {
    throw refusal(`the alias "${alias}" is that of a collection of something else`);
  }
  return target;
}

/**
 * Moves the alias to this collection, in one step, and drops those of before: the one it named, and any that were never finished. Those
 * of the generations in `kept` stay, and so does one that does not say that it is one of this service's.
 */
export async function publishCollection(
  calls: QdrantCalls,
  identity: CollectionIdentity,
  kept: readonly string[] = [],
): Promise<void> {
  const { alias } = identity;
  const keptNames = new Set(kept.map((generation) => collectionName({ ...identity, generation })));
  const name = collectionName(identity);
  const target = await requireAlias(calls, alias);
  if (target !== name) {
    await calls.write((client) => client.updateCollectionAliases(aliasRequest(alias, name, target !== null)));
  }
  const { collections } = checked(namesSchema, await calls.write((client) => client.getCollections()));
  for (const other of collections) {
    if (other.name === name || keptNames.has(other.name) || !isCollectionOf(alias, other.name)) continue;
    const payload = onlyPayloadOf(await calls.write((client) => client.retrieve(other.name, markerRequest())));
    if (markerOf(payload) !== null) await calls.write((client) => client.deleteCollection(other.name));
  }
}

const OTHER_NAME = 'Set QDRANT_COLLECTION to a name that nothing else uses, or remove what is there.';

export function refusal(message: string, advice: string = OTHER_NAME): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `the index in Qdrant cannot be used: ${message}`,
    advice,
    retriable: false,
  });
}
