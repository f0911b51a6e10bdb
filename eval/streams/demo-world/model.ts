/**
 * The world as it should look: the domain's parse and fold over the stream in memory, without log, store or index. It shows that
 * what the traps expect follows from the rules; the service has to reach the same by its own way.
 */
import {
  type Entity,
  type EntityKeyText,
  entityKeyText,
  type PresentEntity,
  type Ref,
  refOf,
} from '../../../src/domain/entity.js';
import { fold } from '../../../src/domain/fold.js';
import { type Applicant, appliesTo, inForce, scheduledSuccessor } from '../../../src/domain/force.js';
import type { PolicyFacets } from '../../../src/domain/kinds/index.js';
import { type Concern, parseRecord } from '../../../src/domain/parse.js';
import { recordKey } from '../../../src/domain/record-key.js';
import { holdsAt } from '../../../src/domain/time.js';
import { isEventEntry, type StreamEntry } from '../stream.js';
import type { Answer, AnswerItem } from './judge.js';
import type { Expectation } from './trap.js';

export interface Model {
  readonly entities: Map<EntityKeyText, Entity>;
  /** Keys with a rejected record that nothing has replaced yet. */
  readonly blocked: Map<EntityKeyText, Concern>;
  readonly outcomes: Record<'applied' | 'superseded' | 'duplicate' | 'rejected', number>;
  readonly rejections: { readonly key: string; readonly reason: string }[];
}

const encoder = new TextEncoder();

export function modelOf(entries: Iterable<StreamEntry>): Model {
  const outcomes = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  const model: Model = { entities: new Map(), blocked: new Map(), outcomes, rejections: [] };
  let offset = 0n;
  for (const entry of entries) take(model, entry, offset++);
  return model;
}

function take(model: Model, entry: StreamEntry, offset: bigint): void {
  const topicKind = isEventEntry(entry) ? entry.topicKind : entry.raw.topicKind;
  const key = isEventEntry(entry) ? `${entry.tenant}/${entry.event.subject}` : entry.raw.key;
  const value = isEventEntry(entry) ? JSON.stringify(entry.event) : entry.raw.value;
  const keyBytes = isEventEntry(entry) ? recordKey(entry.tenant, entry.event.subject) : encoder.encode(key);
  const record = { key: keyBytes, headers: [], value: encoder.encode(value) };
  const parsed = parseRecord(record, { about: topicKind, tenant: null });
  if (parsed.kind === 'rejected') {
    reject(model, key, parsed.rejection.reason, parsed.concern);
    return;
  }
  if (parsed.event.about === 'interaction') throw new Error('the world holds no interaction events');
  const id = entityKeyText(parsed.event.key);
  const position = { topic: topicKind, incarnation: { id: 'model', ordinal: 1 }, partition: 0, leaderEpoch: 0, offset };
  const current = model.entities.get(id);
  const result = fold(current, parsed.event, { position, redrive: null });
  if (result.outcome === 'rejected') {
    const concern = { ...parsed.event.key, accountId: current?.accountId ?? null };
    reject(model, key, result.rejection.reason, concern);
    return;
  }
  model.outcomes[result.outcome]++;
  if (result.outcome !== 'applied') return;
  model.entities.set(id, result.entity);
  const replaces = parsed.event.about === 'tombstone' || parsed.event.change.op !== 'patch';
  if (replaces) model.blocked.delete(id);
}

function reject(model: Model, key: string, reason: string, concern: Concern): void {
  const { tenant, kind, id } = concern;
  if (tenant === null || kind === null || id === null)
    throw new Error('every rejected record of the world names its key');
  model.outcomes.rejected++;
  model.rejections.push({ key, reason });
  const entityId = entityKeyText({ tenant, kind, id });
  model.blocked.set(entityId, { ...concern, accountId: model.entities.get(entityId)?.accountId ?? concern.accountId });
}

type AskedAbout = Pick<Expectation, 'tenant' | 'account' | 'evaluatedAt'>;

/** Everything that may be told about an account: no ranking and no budget, so nothing is left out but what has to be. */
export function answerOf(model: Model, asked: AskedAbout): Answer {
  const present = [...model.entities.values()].filter(
    (entity): entity is PresentEntity => entity.status === 'present' && entity.key.tenant === asked.tenant,
  );
  const own = present.filter(({ accountId }) => accountId === asked.account);
  const items = [...own.map((entity) => ownItem(entity, asked.evaluatedAt)), ...policyItems(present, own, asked)];
  const incomplete = [...model.blocked.values()].some(
    ({ tenant, accountId }) => tenant === asked.tenant && (accountId === null || accountId === asked.account),
  );
  return { items, text: JSON.stringify(items), label: incomplete ? 'incomplete' : 'fresh' };
}

function ownItem(entity: PresentEntity, evaluatedAt: number): AnswerItem {
  return {
    ref: refOf(entity.key),
    value: JSON.parse(entity.json),
    active: isActive(entity, evaluatedAt),
    successor: null,
  };
}

function isActive({ facets }: PresentEntity, evaluatedAt: number): boolean {
  return facets.kind === 'entitlement' && !facets.revoked && holdsAt(facets.window, evaluatedAt);
}

interface PolicyVersion {
  readonly facets: PolicyFacets;
  readonly ref: Ref;
  readonly json: string;
}

function policyItems(
  present: readonly PresentEntity[],
  own: readonly PresentEntity[],
  asked: AskedAbout,
): AnswerItem[] {
  const families = new Map<string, PolicyVersion[]>();
  for (const { facets, key, json } of present) {
    if (facets.kind !== 'policy') continue;
    families.set(facets.policyId, [...(families.get(facets.policyId) ?? []), { facets, ref: refOf(key), json }]);
  }
  const applicant = applicantOf(own, asked.evaluatedAt);
  return [...families.values()].flatMap((versions) => {
    const current = inForce(versions, asked.evaluatedAt);
    if (current === undefined || !appliesTo(current.facets, applicant)) return [];
    const successor = scheduledSuccessor(versions, asked.evaluatedAt)?.ref ?? null;
    return [{ ref: current.ref, value: JSON.parse(current.json), active: true, successor }];
  });
}

function applicantOf(own: readonly PresentEntity[], evaluatedAt: number): Applicant {
  const account = own.map(({ facets }) => facets).find((facets) => facets.kind === 'account');
  const products = own.flatMap((entity) =>
    entity.facets.kind === 'entitlement' && isActive(entity, evaluatedAt) ? [entity.facets.product] : [],
  );
  return { plan: account?.plan ?? null, region: account?.region ?? null, products: new Set(products) };
}
