/** Entities as the state store keeps them: final canonical JSON with its hash, and the watermark of the last event folded in. */
import type { Digest } from './canonical.js';
import type { Facets, Kind } from './kinds/index.js';
import type { Position } from './position.js';
import type { EntityVersion } from './version.js';

export interface EntityKey {
  readonly tenant: string;
  readonly kind: Kind;
  readonly id: string;
}

/** `ticket/T-9`: names an entity inside one tenant. */
export type Ref = `${Kind}/${string}`;

export function refOf(key: EntityKey): Ref {
  return `${key.kind}/${key.id}`;
}

/** A map key for an entity across tenants. The tenant's length goes first, so no id can imitate another tenant's key. */
export type EntityKeyText = string & { readonly brand: 'EntityKeyText' };

export function entityKeyText(key: EntityKey): EntityKeyText {
  return key instanceof NamedKey ? key.text : textOf(key);
}

function textOf({ tenant, kind, id }: EntityKey): EntityKeyText {
  return `${tenant.length}:${tenant}/${kind}/${id}` as EntityKeyText;
}

/**
 * A key that makes its text once: a record's key is looked up half a dozen times on its way into the state and the journal's index,
 * all of which then hold the same string.
 */
class NamedKey implements EntityKey {
  readonly tenant: string;
  readonly kind: Kind;
  readonly id: string;
  #text: EntityKeyText | undefined;

  constructor({ tenant, kind, id }: EntityKey, text?: EntityKeyText) {
    this.tenant = tenant;
    this.kind = kind;
    this.id = id;
    this.#text = text;
  }

  get text(): EntityKeyText {
    this.#text ??= textOf(this);
    return this.#text;
  }
}

export function namedKey(key: EntityKey): EntityKey {
  return new NamedKey(key);
}

/** The key that `entityKeyText` made the text of. */
export function entityKeyOf(text: EntityKeyText): EntityKey {
  const colon = text.indexOf(':');
  const tenantEnd = colon + 1 + Number(text.slice(0, colon));
  const kindEnd = text.indexOf('/', tenantEnd + 1);
  const kind = text.slice(tenantEnd + 1, kindEnd) as Kind;
  return new NamedKey({ tenant: text.slice(colon + 1, tenantEnd), kind, id: text.slice(kindEnd + 1) }, text);
}

/** Of the last event folded in. A key is versioned or it is not: `version` is null for good or never. */
export interface Watermark {
  readonly position: Position;
  readonly version: EntityVersion | null;
}

/** A recent event of this key, kept to recognise it when it comes again. `id` is a digest of (source, id). */
export interface RecentEvent {
  readonly id: string;
  readonly digest: Digest;
  readonly offset: bigint;
}

interface EntityCore {
  readonly key: EntityKey;
  readonly watermark: Watermark;
  /** When the last event happened, by its source; null when the source did not say. */
  readonly eventTime: string | null;
  readonly recent: readonly RecentEvent[];
  /** Positions, as text, of the redrive decisions that let records into this key's past, in order. Almost always empty. */
  readonly redrives: readonly string[];
  /** Raised by one with every accepted change; orders writes to the index and nothing else. */
  readonly revision: number;
}

export interface PresentEntity extends EntityCore {
  readonly status: 'present';
  /** Owner; null for kinds that belong to the tenant (policies). An account is its own. */
  readonly accountId: string | null;
  /** Canonical JSON (RFC 8785) of the data, and its digest. */
  readonly json: string;
  readonly hash: Digest;
  /** What assembly needs of the data without parsing it again. */
  readonly facets: Facets;
}

/** Deletes are versioned tombstones: they keep the watermark, so an older event cannot bring the entity back. */
export interface DeletedEntity extends EntityCore {
  readonly status: 'deleted';
  /** The account that lost it. */
  readonly accountId: string | null;
}

export type Entity = PresentEntity | DeletedEntity;
