/**
 * Accounts as they were read last. A reader names the seq it knows, and is sent the entities only where another one holds; of those, what is
 * the same text is the same entity, so that nothing is parsed twice.
 */
import type { Entity, PresentEntity } from '../../src/domain/entity.js';
import { limits } from '../../src/limits.js';

export interface HeldText {
  readonly text: string;
  readonly entity: Entity;
}

export interface KnownAccount {
  /** Of the store it was read from: a seq means nothing in another's. */
  readonly contents: string;
  /** Of the last write that touched it, as the store has it. */
  readonly seq: string;
  /** By field. */
  readonly held: ReadonlyMap<string, HeldText>;
  readonly account: Entity | undefined;
  readonly members: readonly PresentEntity[];
  /** Characters of its texts. */
  readonly length: number;
}

export class AccountCache {
  /** Those asked for last are at the end. */
  readonly #known = new Map<string, KnownAccount>();
  #length = 0;

  get(tenant: string, accountId: string, contents: string): KnownAccount | undefined {
    const name = nameOf(tenant, accountId);
    const found = this.#known.get(name);
    if (found?.contents !== contents) return undefined;
    this.#known.delete(name);
    this.#known.set(name, found);
    return found;
  }

  set(tenant: string, accountId: string, known: KnownAccount): void {
    const name = nameOf(tenant, accountId);
    this.#drop(name);
    this.#known.set(name, known);
    this.#length += costOf(known);
    for (const oldest of this.#known.keys()) {
      if (this.#length <= limits.accountTextsMax) return;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    const found = this.#known.get(name);
    if (found === undefined) return;
    this.#known.delete(name);
    this.#length -= costOf(found);
  }
}

/** What an entry takes beside its texts, in characters: thousands of empty accounts are not free. */
const ENTRY = 500;

function costOf({ length, held }: KnownAccount): number {
  return length + ENTRY * (1 + held.size);
}

function nameOf(tenant: string, accountId: string): string {
  return `${tenant.length}:${tenant}${accountId}`;
}
