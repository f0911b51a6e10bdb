/** What the scripts reply, as the views of the port. Each function throws `ValueDamaged` where the reply holds what was never written. */
import type { Entity, EntityKey, PresentEntity } from '../../src/domain/entity.js';
import type { AccountView, BlockedMark, PendingMark, TenantView } from '../../src/state/port.js';
import type { HeldText, KnownAccount } from './account-cache.js';
import { fieldOf, ownerText } from './layout.js';
import type { KnownPolicies } from './policy-cache.js';
import { type PolicyClaim, policiesOf } from './policy-reader.js';
import { listOf, textOf, textsOf } from './reply.js';
import { decodeEntity, decodeMark, keyOfField, pairs, ValueDamaged } from './values.js';
import type { KnownVector, VectorCache } from './vector-cache.js';

export interface TenantReply {
  readonly policies: KnownPolicies;
  /** With the owner of the entity that is marked, as its home names it; '' where it has none, or is no ticket and no entitlement. */
  readonly marks: readonly { readonly mark: BlockedMark; readonly owner: string }[];
  readonly through: TenantView['through'];
}

interface TenantKnown {
  readonly tenant: string;
  /** What the script was told is known. */
  readonly policies: PolicyClaim;
  readonly through: KnownVector | undefined;
  readonly contents: string;
  readonly vectors: VectorCache;
}

export function readTenant(
  { tenant, policies: claim, through, contents, vectors }: TenantKnown,
  reply: unknown,
): TenantReply {
  const [seq, policies, named, unnamed, progress, at] = listOf(reply);
  return {
    policies:
      policies === null ? orDamaged(claim.known) : policiesOf({ tenant, contents, seq: textOf(seq) }, claim, policies),
    marks: [...marksOf(textsOf(named)), ...marksOf(textsOf(unnamed))],
    through:
      progress === null ? orDamaged(through).vector : vectors.read(textsOf(progress), { contents, seq: textOf(at) }),
  };
}

export function tenantView({ policies, marks, through }: TenantReply): TenantView {
  return { policies: policies.policies, blocked: marks.map(({ mark }) => mark), through };
}

export interface AccountName {
  readonly tenant: string;
  readonly accountId: string;
}

/** `known`, where the script was told that it is known and nothing has touched it since; what of it is still the same otherwise. */
export function readAccount(
  { tenant }: AccountName,
  [entities, seq]: readonly unknown[],
  { contents, known }: { readonly contents: string; readonly known: KnownAccount | undefined },
): KnownAccount {
  if (entities === null) return orDamaged(known);
  const held = new Map<string, HeldText>();
  let length = 0;
  for (const [field, text] of pairs(textsOf(entities))) {
    const before = known?.held.get(field);
    held.set(field, before?.text === text ? before : { text, entity: decodeEntity(keyOfField(tenant, field), text) });
    length += text.length;
  }
  const found = [...held.values()].map(({ entity }) => entity);
  const members = found.filter((entity): entity is PresentEntity => entity.key.kind !== 'account' && isPresent(entity));
  return {
    contents,
    seq: textOf(seq),
    held,
    account: found.find(({ key }) => key.kind === 'account'),
    members: members.sort((a, b) => compare(fieldOf(a.key), fieldOf(b.key))),
    length,
  };
}

export function accountView(name: AccountName, tenant: TenantReply, known: KnownAccount): AccountView {
  const { account, members, seq } = known;
  return {
    account,
    members,
    version: Number(seq),
    policies: tenant.policies.policies,
    blocked: marksOn(name, tenant, account),
    through: tenant.through,
  };
}

/** What nobody can say does not concern this account; a mark follows its entity to the account that has it now. */
export function marksOn(
  { accountId }: AccountName,
  { marks }: TenantReply,
  account: Entity | undefined,
): readonly BlockedMark[] {
  return marks.flatMap(({ mark, owner }) => {
    const { concern } = mark;
    const isNamed = concern.accountId === null || concern.accountId === accountId;
    const isAccount = account?.accountId === accountId && concern.kind === 'account' && concern.id === accountId;
    return isNamed || isAccount || owner === ownerText(accountId) ? [mark] : [];
  });
}

export function readEntities(keys: readonly EntityKey[], values: readonly unknown[]): readonly (Entity | undefined)[] {
  return keys.map((key, index) => {
    const value = values[index] ?? null;
    return value === null ? undefined : decodeEntity(key, textOf(value));
  });
}

export function pendingMark(entity: Entity): PendingMark {
  return { entity, hash: entity.status === 'present' ? entity.hash : null };
}

function marksOf(flat: readonly string[]): TenantReply['marks'] {
  const marks: { mark: BlockedMark; owner: string }[] = [];
  for (let at = 0; at + 2 < flat.length; at += 3) {
    marks.push({ mark: decodeMark(flat[at] ?? '', flat[at + 1] ?? ''), owner: flat[at + 2] ?? '' });
  }
  return marks.sort((a, b) => compare(a.mark.rejected, b.mark.rejected));
}

function isPresent(entity: Entity): entity is PresentEntity {
  return entity.status === 'present';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function orDamaged<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new ValueDamaged();
  return value;
}
