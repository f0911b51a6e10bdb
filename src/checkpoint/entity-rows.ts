/**
 * Entities in a checkpoint. A chunk is the length of its head (4 bytes), the head as JSON, then one row per entity:
 *
 *     head  { "names": […], "owners": […], "ends": […], "places": [[topic, partition, incarnation, ordinal, leader epoch], …] }
 *     row   length of meta (4) | place (4) | offset (8) | present (1) | recent events (1) | meta | hash (32, if present)
 *           | per recent event: id (16), digest (32), offset (8) | canonical JSON (if present)
 *
 * Numbers are little-endian. Facets are not stored: they are derived from the JSON when a row is decoded, by the code that reads it.
 */
import type { Digest } from '../domain/canonical.js';
import type { Entity, EntityKeyText, RecentEvent } from '../domain/entity.js';
import { entityKeyOf, entityKeyText } from '../domain/entity.js';
import { kinds } from '../domain/kinds/index.js';
import type { EntityVersion } from '../domain/version.js';
import { invariant } from '../errors.js';
import { limits } from '../limits.js';
import { isSleeping, type RowPlace, type SleepingEntity } from './contents.js';

const FIXED_BYTES = 18;
const PLACE_AT = 4;
const RECENT_BYTES = 56;

type Meta = readonly [
  version: EntityVersion | null,
  eventTime: string | null,
  redrives: readonly string[],
  revision: number,
  accountId: string | null,
];

interface Head {
  readonly names: EntityKeyText[];
  readonly owners: (string | null)[];
  readonly ends: number[];
  readonly places: RowPlace[];
}

/** The account an entity is a member of: a deleted one is of none. */
export function ownerOf(entity: Entity): string | null {
  return entity.status === 'present' ? entity.accountId : null;
}

/** Chunks of at most `limits.checkpointChunkBytes` and one entity, each made when it is asked for. */
export function* entityChunks(entities: Iterable<Entity | SleepingEntity>): Generator<Buffer, void, void> {
  let chunk = new RowWriter();
  for (const entity of entities) {
    chunk.add(entity);
    if (chunk.bytes < limits.checkpointChunkBytes) continue;
    yield chunk.finish();
    chunk = new RowWriter();
  }
  if (chunk.bytes > 0) yield chunk.finish();
}

class RowWriter {
  readonly #head: Head = { names: [], owners: [], ends: [], places: [] };
  readonly #placeIndexes = new Map<string, number>();
  readonly #rows: Uint8Array[] = [];
  #rowBytes = 0;
  /** What the chunk takes at most. */
  bytes = 0;

  add(entity: Entity | SleepingEntity): void {
    const row = isSleeping(entity) ? this.#copyOf(entity) : this.#rowOf(entity);
    this.#head.names.push(isSleeping(entity) ? entity.name : entityKeyText(entity.key));
    this.#head.owners.push(isSleeping(entity) ? entity.owner : ownerOf(entity));
    this.#rows.push(row);
    this.#rowBytes += row.length;
    this.#head.ends.push(this.#rowBytes);
    this.bytes += row.length + headBytes(this.#head.names.at(-1), this.#head.owners.at(-1));
  }

  finish(): Buffer {
    const head = Buffer.from(JSON.stringify(this.#head));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    return Buffer.concat([length, head, ...this.#rows]);
  }

  #copyOf({ row, placeOf }: SleepingEntity): Buffer {
    const copy = Buffer.from(row);
    copy.writeUInt32LE(this.#placeIndex(placeOf(copy.readUInt32LE(PLACE_AT))), PLACE_AT);
    return copy;
  }

  #rowOf(entity: Entity): Buffer {
    const { position, version } = entity.watermark;
    const { topic, partition, incarnation, leaderEpoch, offset } = position;
    const place = this.#placeIndex([topic, partition, incarnation.id, incarnation.ordinal, leaderEpoch]);
    const { eventTime, redrives, revision, accountId } = entity;
    const meta = JSON.stringify([version, eventTime, redrives, revision, accountId] satisfies Meta);
    const metaBytes = Buffer.byteLength(meta);
    invariant(entity.recent.length <= 0xff, 'recent events are bounded');
    const json = entity.status === 'present' ? entity.json : '';
    const hashBytes = entity.status === 'present' ? 32 : 0;
    const size = FIXED_BYTES + metaBytes + hashBytes + entity.recent.length * RECENT_BYTES + Buffer.byteLength(json);
    const row = Buffer.allocUnsafe(size);
    row.writeUInt32LE(metaBytes, 0);
    row.writeUInt32LE(place, PLACE_AT);
    row.writeBigUInt64LE(offset, 8);
    row.writeUInt8(entity.status === 'present' ? 1 : 0, 16);
    row.writeUInt8(entity.recent.length, 17);
    let at = FIXED_BYTES + row.write(meta, FIXED_BYTES);
    if (entity.status === 'present') at = writeDigest(row, entity.hash, at);
    for (const recent of entity.recent) at = writeRecent(row, recent, at);
    row.write(json, at);
    return row;
  }

  #placeIndex(place: RowPlace): number {
    const name = place.join(' ');
    const known = this.#placeIndexes.get(name);
    if (known !== undefined) return known;
    this.#placeIndexes.set(name, this.#head.places.length);
    this.bytes += headBytes(name);
    return this.#head.places.push(place) - 1;
  }
}

// As JSON: six bytes for the worst of characters, quotes, commas and the end of a row.
function headBytes(...names: readonly (string | null | undefined)[]): number {
  return names.reduce((sum, name) => sum + 6 * (name?.length ?? 4) + 15, 0);
}

function writeDigest(row: Buffer, digest: Digest, at: number): number {
  return at + row.write(digest.slice('sha256-'.length), at, 'hex');
}

function writeRecent(row: Buffer, { id, digest, offset }: RecentEvent, at: number): number {
  const afterId = at + row.write(id, at, 'hex');
  const afterDigest = writeDigest(row, digest, afterId);
  invariant(afterDigest === at + 48, 'an event is named by 16 bytes and has a digest of 32');
  return row.writeBigUInt64LE(offset, afterDigest);
}

/** The entities of a chunk, in order. The chunk must have been verified: what is in it is believed. */
export function entitiesIn(bytes: Buffer): readonly SleepingEntity[] {
  const headEnd = 4 + bytes.readUInt32LE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, headEnd)) as Head;
  const chunk = { rows: bytes.subarray(headEnd), head, placeOf: (index: number) => placeAt(head, index) };
  return head.names.map((_, index) => new Row(chunk, index));
}

interface RowChunk {
  readonly rows: Buffer;
  readonly head: Head;
  readonly placeOf: (index: number) => RowPlace;
}

function placeAt({ places }: Head, index: number): RowPlace {
  const place = places[index];
  invariant(place !== undefined, 'a row refers to a place of its chunk');
  return place;
}

class Row implements SleepingEntity {
  readonly #chunk: RowChunk;
  readonly #index: number;

  constructor(chunk: RowChunk, index: number) {
    this.#chunk = chunk;
    this.#index = index;
  }

  get name(): EntityKeyText {
    const name = this.#chunk.head.names[this.#index];
    invariant(name !== undefined, 'every row has a name');
    return name;
  }

  get owner(): string | null {
    return this.#chunk.head.owners[this.#index] ?? null;
  }

  get placeOf(): (index: number) => RowPlace {
    return this.#chunk.placeOf;
  }

  get row(): Buffer {
    const { ends } = this.#chunk.head;
    return this.#chunk.rows.subarray(ends[this.#index - 1] ?? 0, ends[this.#index]);
  }

  wake(): Entity {
    const { row } = this;
    const isPresent = row.readUInt8(16) === 1;
    const metaEnd = FIXED_BYTES + row.readUInt32LE(0);
    const [version, eventTime, redrives, revision, accountId]: Meta = JSON.parse(
      row.toString('utf8', FIXED_BYTES, metaEnd),
    );
    const [topic, partition, id, ordinal, leaderEpoch] = this.placeOf(row.readUInt32LE(PLACE_AT));
    const offset = row.readBigUInt64LE(8);
    const position = { topic, partition, incarnation: { id, ordinal }, leaderEpoch, offset };
    const recentAt = metaEnd + (isPresent ? 32 : 0);
    const recent = recentIn(row, recentAt, row.readUInt8(17));
    const key = entityKeyOf(this.name);
    const core = { key, watermark: { position, version }, eventTime, recent, redrives, revision, accountId };
    if (!isPresent) return { ...core, status: 'deleted' };
    const json = row.toString('utf8', recentAt + recent.length * RECENT_BYTES);
    const facets = kinds[key.kind].facets(JSON.parse(json));
    return { ...core, status: 'present', json, hash: digestAt(row, metaEnd), facets };
  }
}

function digestAt(row: Buffer, at: number): Digest {
  return `sha256-${row.toString('hex', at, at + 32)}`;
}

function recentIn(row: Buffer, at: number, count: number): readonly RecentEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const from = at + index * RECENT_BYTES;
    const id = row.toString('hex', from, from + 16);
    return { id, digest: digestAt(row, from + 16), offset: row.readBigUInt64LE(from + 48) };
  });
}
