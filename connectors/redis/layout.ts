/**
 * Every key in Redis, each name once. `P` is the prefix, `C` the contents: a store that begins anew has other contents and so other keys,
 * and nothing of the old ones can be taken for new. What is in braces decides the slot of a cluster (Redis Cluster specification,
 * "Hash tags"); texts of others are encoded, so that they hold no brace, colon or percent sign of their own.
 *
 *     {P}:meta                hash    format, contents, log, seq (of the last write), order (of the last pending mark), run, evicted
 *     {P}:old                 set     contents whose keys have not been removed yet
 *     {P}:moves               channel what each write moved
 *     {P}:C:progress          hash    partition -> offset through which everything is applied
 *     {P}:C:counts            hash    partition, space, outcome -> count
 *     {P}:C:blocked           hash    rejected position -> key of the hash that has its mark, then a line for each account it is listed under
 *     {P}:C:blocked:…         hash    of one tenant, or of no known one: rejected position -> mark
 *     {P}:C:blocked:…:e:…     set     rejected positions of the marks that name the entity kind:id
 *     {P}:C:blocked:…:a:…     set     rejected positions of the marks that may concern an account (=account), or any (*)
 *     {P}:C:pending           zset    tenant:kind:id by order; `:pending:<tenant>` the same of one tenant, kind:id
 *     {P}:C:revisions         hash    tenant:kind:id -> revision that is pending
 *     {P}:C:index             hash    index, revision: for which index the marks are
 *     {P}:C:tenants           set     tenants that have had a policy
 *     {P:C:a:tenant:account}:e  hash  kind:id -> present entities of an account, and the account itself, also deleted
 *     {P:C:a:tenant:account}:m  hash  s: seq of the last write that touched it
 *     {P:C:t:tenant}:p        hash    policy:id -> present policies;  `:d` deleted ones;  `:m` hash, s: seq
 *     {P:C:h:tenant:kind:id}  hash    of a ticket or an entitlement. a: = and its account, - for none; v: its value where no account has it; s: seq
 */
import type { EntityKey } from '../../src/domain/entity.js';

export const FORMAT = 'tidemark-state-2';

/** Marks of which nobody can say that they do not concern an account are listed under this: no account as `ownerText` has it. */
export const EVERY_ACCOUNT = '*';

/** Names of the fields that are not data. */
export const fields = { seq: 's', owner: 'a', value: 'v' } as const;

export interface ControlKeys {
  readonly tag: string;
  readonly meta: string;
  readonly old: string;
  readonly channel: string;
}

export function controlKeys(prefix: string): ControlKeys {
  const tag = `{${encodeText(prefix)}}`;
  return { tag, meta: `${tag}:meta`, old: `${tag}:old`, channel: `${tag}:moves` };
}

/** Keys of one store and its contents. */
export class Layout {
  readonly contents: string;
  readonly control: ControlKeys;
  readonly progress: string;
  readonly blocked: string;
  readonly pending: string;
  readonly revisions: string;
  readonly #root: string;

  constructor(prefix: string, contents: string) {
    this.contents = contents;
    this.control = controlKeys(prefix);
    const control = `${this.control.tag}:${contents}`;
    this.#root = `${encodeText(prefix)}:${contents}`;
    this.progress = `${control}:progress`;
    this.blocked = `${control}:blocked`;
    this.pending = `${control}:pending`;
    this.revisions = `${control}:revisions`;
  }

  get counts(): string {
    return `${this.control.tag}:${this.contents}:counts`;
  }

  /** `{P}:C:index` hash: for which index the marks are (`index`), and its highest revision at which some were cleared (`revision`). */
  get index(): string {
    return `${this.control.tag}:${this.contents}:index`;
  }

  get tenants(): string {
    return `${this.control.tag}:${this.contents}:tenants`;
  }

  /** The hash of the marks that name this tenant; null: that name none. */
  blockedOf(tenant: string | null): string {
    return tenant === null ? `${this.blocked}:` : `${this.blocked}:${encodeText(tenant)}`;
  }

  pendingOf(tenant: string): string {
    return `${this.pending}:${encodeText(tenant)}`;
  }

  account(tenant: string, accountId: string): { readonly entities: string; readonly meta: string } {
    const tag = `${this.accountsOf(tenant)}${encodeText(accountId)}}`;
    return { entities: `${tag}:e`, meta: `${tag}:m` };
  }

  /** What the keys of all accounts of a tenant begin with; the encoded account and `}:e` follow. */
  accountsOf(tenant: string): string {
    return `{${this.#root}:a:${encodeText(tenant)}:`;
  }

  tenant(tenant: string): { readonly present: string; readonly deleted: string; readonly meta: string } {
    const tag = `{${this.#root}:t:${encodeText(tenant)}}`;
    return { present: `${tag}:p`, deleted: `${tag}:d`, meta: `${tag}:m` };
  }

  home(key: EntityKey): string {
    return `${this.homesOf(key.tenant)}${fieldOf(key)}}`;
  }

  /** What the keys of all homes of a tenant begin with; `fieldOf` the entity and `}` follow. */
  homesOf(tenant: string): string {
    return `{${this.#root}:h:${encodeText(tenant)}:`;
  }
}

/** Patterns (of SCAN) that together match every key of these contents. */
export function patternsOf(prefix: string, contents: string): readonly string[] {
  return [`{${encodeText(prefix)}}:${contents}:*`, `{${encodeText(prefix)}:${contents}:*`];
}

/** What an entity is called inside its tenant: `kind:id`. */
export function fieldOf({ kind, id }: Pick<EntityKey, 'kind' | 'id'>): string {
  return `${kind}:${encodeText(id)}`;
}

/** The account of an entity as its home names it. */
export function ownerText(accountId: string | null): string {
  return accountId === null ? '-' : `=${encodeText(accountId)}`;
}

/** What decides the slot of a key. */
export function tagOf(key: string): string {
  return key.slice(key.indexOf('{') + 1, key.indexOf('}'));
}

const PLAIN = /^[A-Za-z0-9._-]*$/;

/**
 * Each UTF-16 unit that is not a plain letter becomes `%` and four hex digits. Not the encoding of URLs: that one has no form for half a
 * surrogate pair, and JSON may hold one.
 */
export function encodeText(text: string): string {
  // Nearly always plain, and looking costs less than replacing nothing.
  return PLAIN.test(text) ? text : text.replace(/[^A-Za-z0-9._-]/g, hexOf);
}

export function decodeText(text: string): string {
  return text.replace(/%([0-9a-f]{4})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function hexOf(unit: string): string {
  return `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
