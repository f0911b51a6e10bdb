/** What the cases of the state store's contract are written with. */
import { canonicalJson, digestOf, type JsonObject } from '../domain/canonical.js';
import type { Entity } from '../domain/entity.js';
import { type Kind, kinds } from '../domain/kinds/index.js';
import type { PartitionKey } from '../domain/position.js';
import { parseVersion } from '../domain/version.js';
import type { MarkingStore, ProgressMade, StateStore, StateWrite, WriteResult } from './port.js';

/** A new, empty store. */
export type MakeStore = () => Promise<MarkingStore>;

export const tickets: PartitionKey = 'support.tickets:0';
export const noCounts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 } as const;

export interface EntityShape {
  readonly tenant?: string;
  readonly account?: string;
  readonly data?: JsonObject;
  readonly offset?: number;
  readonly partition?: number;
  readonly incarnation?: string;
  readonly version?: string;
  readonly revision?: number;
  readonly deleted?: boolean;
}

const required: Readonly<Record<Kind, JsonObject>> = {
  account: {},
  ticket: {},
  entitlement: { product: 'chat' },
  policy: { policyId: 'refunds', version: '1', title: 'Refunds', body: 'Within 30 days.' },
};

/** An entity of tenant `acme` and account `A-1` unless said otherwise. */
export function entity(kind: Kind, id: string, shape: EntityShape = {}): Entity {
  const owner = kind === 'account' ? id : (shape.account ?? 'A-1');
  const data = { id, ...required[kind], ...(kind === 'policy' ? {} : { accountId: owner }), ...shape.data };
  const json = canonicalJson(data);
  const core = {
    key: { tenant: shape.tenant ?? 'acme', kind, id },
    watermark: { position: positionOf(shape), version: parseVersion(shape.version ?? '') ?? null },
    eventTime: null,
    recent: [],
    redrives: [],
    revision: shape.revision ?? 1,
    accountId: kind === 'policy' ? null : owner,
  };
  if (shape.deleted === true) return { ...core, status: 'deleted' };
  return { ...core, status: 'present', json, hash: digestOf(json), facets: kinds[kind].facets(data) };
}

function positionOf({ offset = 0, partition = 0, incarnation = 'i-1' }: EntityShape) {
  const topic = 'support.tickets';
  return { topic, incarnation: { id: incarnation, ordinal: 1 }, partition, leaderEpoch: 0, offset: BigInt(offset) };
}

/** The same entity of another tenant. */
export function othersOf(tenant: string): (one: Entity) => Entity {
  return (one) => ({ ...one, key: { ...one.key, tenant } });
}

/** The store of the case. */
export type Subject = () => MarkingStore;

/** Of `tickets`, at its first record and without counts, unless said otherwise. */
export type OneWrite = Partial<StateWrite & ProgressMade>;

export interface Writer {
  write(write: OneWrite): Promise<WriteResult>;
  /** Writes entities that are new, in one step. */
  put(...entities: readonly Entity[]): Promise<WriteResult>;
  /** Writes `after` where `before` is expected. */
  replace(before: Entity, after: Entity): Promise<WriteResult>;
}

export function writer(store: StateStore): Writer {
  const nothing = { changes: [], replaced: [], decided: [], block: [] };
  const write = ({ partition = tickets, through = 0n, after, counts = noCounts, ...parts }: OneWrite) => {
    const made = { partition, through, counts, ...(after === undefined ? {} : { after }) };
    return store.write({ progress: [made], ...nothing, ...parts });
  };
  return {
    write,
    put: (...entities) => write({ changes: entities.map((one) => ({ entity: one, expected: null })) }),
    replace: (before, after) => write({ changes: [{ entity: after, expected: before.watermark }] }),
  };
}
