/**
 * What a snapshot says of an entity, made once: an entity is immutable and is read far more often than written. Each is kept for as
 * long as its entity is, and no longer, so the bound is the state's own.
 */
import { canonicalJson } from '../domain/canonical.js';
import { type PresentEntity, refOf } from '../domain/entity.js';
import { kinds } from '../domain/kinds/index.js';
import type { Why } from './select.js';

/** Items put in by key have a reason without numbers, and of one entity it is nearly always the same one. */
export interface KeyedText {
  readonly selected: Why['selected'];
  /** The item in canonical form, without its value. */
  readonly fragment: string;
  /** The same with its value, as released. */
  readonly item: string;
}

export interface Prepared {
  /** Members of the item up to `status`. */
  readonly head: string;
  readonly trust: string;
  /** The digest of its value and its reference: what of it counts for the content, but for a successor. */
  readonly contentLine: string;
  readonly jsonBytes: number;
  /** Of the keyed selection seen last; undefined before the first. */
  keyed: KeyedText | undefined;
}

const prepared = new WeakMap<PresentEntity, Prepared>();

export function preparedOf(entity: PresentEntity): Prepared {
  const known = prepared.get(entity);
  if (known !== undefined) return known;
  const made = {
    head: headOf(entity),
    trust: kinds[entity.key.kind].trust,
    contentLine: `${entity.hash} ${entity.key.kind}/${JSON.stringify(entity.key.id)}`,
    jsonBytes: Buffer.byteLength(entity.json),
    keyed: undefined,
  };
  prepared.set(entity, made);
  return made;
}

function headOf(entity: PresentEntity): string {
  const { position, version } = entity.watermark;
  const source = {
    entityVersion: version,
    eventTime: entity.eventTime,
    hash: entity.hash,
    leaderEpoch: position.leaderEpoch,
    offset: String(position.offset),
    partition: position.partition,
    ...(entity.redrives.length > 0 ? { redrives: entity.redrives } : {}),
    topic: position.topic,
  };
  const ref = JSON.stringify(refOf(entity.key));
  return `{"masked":[],"ref":${ref},"source":${canonicalJson(source)},"status":"present"`;
}
