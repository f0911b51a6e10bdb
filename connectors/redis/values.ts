/**
 * Entities, marks and progress as texts. An entity is four lines, none of which but the last may hold a line feed:
 *
 *     ["offset",partition,"incarnation",version]   its watermark, as far as two of one key can differ: compared byte by byte
 *     revision
 *     [topic,ordinal,leaderEpoch,eventTime,redrives,accountId,recent,hash]   hash is null where the entity is deleted
 *     canonical JSON, empty where it is deleted; stored as it is and never written again from what was parsed
 *
 * Facets are not stored: they are derived from the JSON, when they are asked for, by the code that reads it.
 */
import { isDigest } from '../../src/domain/canonical.js';
import type { Entity, EntityKey, RecentEvent, Watermark } from '../../src/domain/entity.js';
import { type Facets, isKind, type Kind, kinds } from '../../src/domain/kinds/index.js';
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import { parseVersion } from '../../src/domain/version.js';
import type { IndexMark } from '../../src/retrieval/port.js';
import type { BlockedMark, OutcomeCounts, PartitionProgress } from '../../src/state/port.js';
import { decodeText, EVERY_ACCOUNT, encodeText, ownerText } from './layout.js';

/** What is stored is not of the form in which this program writes it. */
export class ValueDamaged extends Error {}

/** What is stored is sound as far as can be told, and of a form that a later version of this program writes. */
export class ValueNewer extends Error {}

/** How many values the lists have that this version writes. */
const [WATERMARK_COLUMNS, ENTITY_COLUMNS, MARK_COLUMNS] = [4, 8, 4];

/** Equal for watermarks that the port takes for the same one. */
export function watermarkLine({ position: { offset, partition, incarnation }, version }: Watermark): string {
  return `["${offset}",${partition},${jsonText(incarnation.id)},${jsonText(version)}]`;
}

/** Put together by hand: it is made of every entity that is written, and lists made for it only take several times as long. */
export function encodeEntity(entity: Entity): string {
  const { eventTime, accountId, revision, redrives, watermark } = entity;
  const { topic, incarnation, leaderEpoch } = watermark.position;
  const place = `${jsonText(topic)},${incarnation.ordinal},${leaderEpoch}`;
  const past = redrives.length === 0 ? '[]' : JSON.stringify(redrives);
  const about = `${jsonText(eventTime)},${past},${jsonText(accountId)},${recentText(entity.recent)}`;
  const [hash, json] = entity.status === 'present' ? [`"${entity.hash}"`, entity.json] : ['null', ''];
  return `${watermarkLine(watermark)}\n${revision}\n[${place},${about},${hash}]\n${json}`;
}

function recentText(recent: readonly RecentEvent[]): string {
  let text = '';
  for (const { id, digest, offset } of recent) {
    text += `${text === '' ? '' : ','}[${jsonText(id)},"${digest}","${offset}"]`;
  }
  return `[${text}]`;
}

/** Nearly always there is nothing to escape. */
const UNESCAPED = /^[ !#-[\]-~]*$/;

function jsonText(text: string | null): string {
  if (text === null) return 'null';
  return UNESCAPED.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Throws `ValueDamaged` or `ValueNewer`. */
export function decodeEntity(key: EntityKey, text: string): Entity {
  const first = text.indexOf('\n');
  const second = text.indexOf('\n', first + 1);
  const third = text.indexOf('\n', second + 1);
  if (first < 0 || second < 0 || third < 0) throw new ValueDamaged();
  const [offset, partition, id, versionText] = row(text.slice(0, first), WATERMARK_COLUMNS);
  const [topic, ordinal, leaderEpoch, eventTime, redrives, accountId, recent, hash] = row(
    text.slice(second + 1, third),
    ENTITY_COLUMNS,
  );
  const version = typeof versionText === 'string' ? parseVersion(versionText) : null;
  const revision = Number(text.slice(first + 1, second));
  need(typeof id === 'string' && typeof partition === 'number' && typeof topic === 'string' && version !== undefined);
  need(typeof ordinal === 'number' && typeof leaderEpoch === 'number' && Number.isSafeInteger(revision));
  need(isTextOrNull(eventTime) && isTextOrNull(accountId) && isTexts(redrives));
  const position = { topic, incarnation: { id, ordinal }, partition, leaderEpoch, offset: integer(offset) };
  const watermark = { position, version };
  const core = { key, watermark, eventTime, recent: recentOf(recent), redrives, revision, accountId };
  const json = text.slice(third + 1);
  if (hash === null) return { ...core, status: 'deleted' };
  need(typeof hash === 'string' && isDigest(hash) && json.startsWith('{'));
  return {
    ...core,
    status: 'present',
    json,
    hash,
    get facets() {
      const facets = facetsOf(key.kind, json);
      Object.defineProperty(this, 'facets', { value: facets, enumerable: true });
      return facets;
    },
  };
}

function facetsOf(kind: Kind, json: string): Facets {
  return kinds[kind].facets(JSON.parse(json));
}

/** A later version may have put more behind what this one knows. */
function row(line: string, columns: number): readonly unknown[] {
  const value = listIn(line);
  if (value.length > columns) throw new ValueNewer();
  return value;
}

function listIn(line: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    need(Array.isArray(value));
    return value;
  } catch {
    throw new ValueDamaged();
  }
}

/** One that is only unknown here is of a later version. */
function knownKind(kind: string): Kind {
  if (isKind(kind)) return kind;
  if (/^[a-z][a-z_-]*$/.test(kind)) throw new ValueNewer();
  throw new ValueDamaged();
}

function need(isSound: boolean): asserts isSound {
  if (!isSound) throw new ValueDamaged();
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function recentOf(value: unknown): readonly RecentEvent[] {
  need(Array.isArray(value));
  return value.map((one: unknown) => {
    need(Array.isArray(one));
    const [id, digest, offset]: readonly unknown[] = one;
    need(typeof id === 'string' && typeof digest === 'string' && isDigest(digest));
    return { id, digest, offset: integer(offset) };
  });
}

function integer(value: unknown): bigint {
  need(typeof value === 'string' && /^-?[0-9]{1,19}$/.test(value));
  return BigInt(value);
}

/** The key of an entity in a tenant, from what `fieldOf` made of it. */
export function keyOfField(tenant: string, field: string): EntityKey {
  const colon = field.indexOf(':');
  const kind = knownKind(field.slice(0, Math.max(colon, 0)));
  return { tenant, kind, id: decodeText(field.slice(colon + 1)) };
}

/**
 * Three lines: the name of the entity it concerns, for finding whose it is now (empty: it names none), the account it names as it is listed
 * under it (`EVERY_ACCOUNT`: it names none), and the concern.
 */
export function encodeMark({ concern: { tenant, kind, id, accountId } }: BlockedMark): string {
  const name = kind === null || id === null ? '' : `${kind}:${encodeText(id)}`;
  const listed = accountId === null ? EVERY_ACCOUNT : ownerText(accountId);
  return `${name}\n${listed}\n${JSON.stringify([tenant, kind, id, accountId])}`;
}

export function decodeMark(rejected: string, text: string): BlockedMark {
  const [tenant, kind, id, accountId] = row(text.slice(text.lastIndexOf('\n') + 1), MARK_COLUMNS);
  need(isTextOrNull(tenant) && isTextOrNull(id) && isTextOrNull(accountId));
  need(isTextOrNull(kind));
  return { rejected, concern: { tenant, kind: kind === null ? null : knownKind(kind), id, accountId } };
}

export const outcomes = ['applied', 'superseded', 'duplicate', 'rejected'] as const;

/** Of a hash as a list: field, value, field, value. */
export function decodeThrough(flat: readonly string[]): PositionVector {
  return new Map(pairs(flat).map(([partition, through]) => [partition as PartitionKey, integer(through)]));
}

export function decodeProgress(
  through: readonly string[],
  counts: readonly string[],
): ReadonlyMap<PartitionKey, PartitionProgress> {
  const found = new Map(pairs(counts));
  const count = (partition: PartitionKey): OutcomeCounts => {
    const [applied = 0, superseded = 0, duplicate = 0, rejected = 0] = outcomes.map((outcome) =>
      Number(found.get(`${partition} ${outcome}`) ?? 0),
    );
    return { applied, superseded, duplicate, rejected };
  };
  return new Map(
    [...decodeThrough(through)].map(([partition, at]) => [partition, { through: at, counts: count(partition) }]),
  );
}

/** Null: marks are for an index without a name. */
export function decodeIndexMark(index: unknown, revision: unknown): IndexMark | null {
  if (index === null || index === undefined) return null;
  need(typeof index === 'string');
  return { index, revision: Number(integer(revision)) };
}

export function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) found.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return found;
}
