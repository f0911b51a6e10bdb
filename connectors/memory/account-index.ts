/** Which entities belong to which account, and a version per account that moves with every change that touches it. */
import {
  type Entity,
  type EntityKey,
  type EntityKeyText,
  entityKeyText,
  type PresentEntity,
} from '../../src/domain/entity.js';

interface AccountEntry {
  version: number;
  readonly members: Set<EntityKeyText>;
  /** As they were read last, until something of the account moves: an account may have ten thousand. */
  found: readonly PresentEntity[] | null;
}

export class AccountIndex {
  readonly #accounts = new Map<string, AccountEntry>();

  /** Takes an entity from the account it left to the one it is in now; returns the accounts touched. */
  move(before: Entity | undefined, after: Entity): readonly string[] {
    const { tenant, kind } = after.key;
    const left = before?.status === 'present' ? before.accountId : null;
    const joined = after.status === 'present' ? after.accountId : null;
    const touched = distinct(left, joined, after.accountId);
    for (const accountId of touched) {
      const entry = this.#entry(tenant, accountId);
      entry.version++;
      entry.found = null;
      if (kind === 'account') continue;
      if (accountId === joined) entry.members.add(entityKeyText(after.key));
      else entry.members.delete(entityKeyText(after.key));
    }
    return touched;
  }

  /** Takes a present entity to its account, as `move` would where nothing was known of it. */
  restore({ tenant, kind }: EntityKey, accountId: string, name: EntityKeyText): void {
    const entry = this.#entry(tenant, accountId);
    entry.version++;
    entry.found = null;
    if (kind !== 'account') entry.members.add(name);
  }

  /** The same array while nothing of the account moves. */
  members(
    tenant: string,
    accountId: string,
    find: (name: EntityKeyText) => Entity | undefined,
  ): readonly PresentEntity[] {
    const entry = this.#accounts.get(nameOf(tenant, accountId));
    if (entry === undefined) return [];
    entry.found ??= presentOf(entry.members, find);
    return entry.found;
  }

  version(tenant: string, accountId: string): number {
    return this.#accounts.get(nameOf(tenant, accountId))?.version ?? 0;
  }

  #entry(tenant: string, accountId: string): AccountEntry {
    const name = nameOf(tenant, accountId);
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const entry: AccountEntry = { version: 0, members: new Set(), found: null };
    this.#accounts.set(name, entry);
    return entry;
  }
}

function presentOf(
  members: Iterable<EntityKeyText>,
  find: (name: EntityKeyText) => Entity | undefined,
): readonly PresentEntity[] {
  return [...members].flatMap((name) => {
    const entity = find(name);
    return entity?.status === 'present' ? [entity] : [];
  });
}

/** Nearly always one account, and nothing to sort out. */
function distinct(left: string | null, joined: string | null, named: string | null): readonly string[] {
  const accounts: string[] = [];
  if (left !== null) accounts.push(left);
  if (joined !== null && joined !== left) accounts.push(joined);
  if (named !== null && named !== left && named !== joined) accounts.push(named);
  return accounts;
}

function nameOf(tenant: string, accountId: string): string {
  return `${tenant.length}:${tenant}${accountId}`;
}
