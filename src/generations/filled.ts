/**
 * What the index of a generation has been given, and in which version: known here, since the marks of the state are those of another
 * index. From it follows what the index lacks of any set of policies, also of one that has changed meanwhile.
 */
import type { Digest } from '../domain/canonical.js';
import { type PresentEntity, type Ref, refOf } from '../domain/entity.js';
import type { Holding } from '../reconcile/holdings.js';
import type { Coverage, Lacking } from '../snapshot/candidates.js';
import type { PolicySet } from '../state/policy-set.js';

interface Given {
  /** `uncertain`: being written, or the write failed, or not all of it is there. `out`: taken out. */
  readonly hash: Digest | 'uncertain' | 'out';
  /** The highest that the index has, or may have, of it. */
  readonly revision: number;
  /** The tenant's count of changes at its last one. */
  readonly at: number;
}

type Version = Omit<Given, 'at'>;

interface TenantFilled {
  readonly given: Map<Ref, Given>;
  changes: number;
  /** What the set that was asked about last lacks: kept up beside what is written, since the next question is mostly about the same. */
  latest: { readonly set: PolicySet; readonly lacking: Set<Ref> } | undefined;
}

/** What is to be done to the index so that it has a set: each with the revision to write it by. */
export interface Lack {
  readonly wanted: readonly Wanted[];
  readonly gone: readonly Gone[];
}

export interface Wanted {
  readonly entity: PresentEntity;
  readonly revision: number;
}

export interface Gone {
  readonly ref: Ref;
  readonly revision: number;
}

export class Filled implements Coverage {
  readonly #tenants = new Map<string, TenantFilled>();
  #count = 0;
  #era = 0;

  /** Entities it has. */
  get count(): number {
    return this.#count;
  }

  /** Another one since `forgetAll`: what was begun in one before is not known to have happened. */
  get era(): number {
    return this.#era;
  }

  async lacking({ policies }: { readonly policies: PolicySet }, tenant: string): Promise<Lacking> {
    const filled = this.#of(tenant);
    const { changes } = filled;
    const refs = [...lackingOf(filled, policies)];
    const since = async () =>
      this.#tenants.get(tenant) === filled ? changedSince(filled, changes) : [...policies.byRef.values()].map(keyRef);
    return { refs, since };
  }

  lackOf(tenant: string, set: PolicySet): Lack {
    const filled = this.#of(tenant);
    const above = (ref: Ref) => (filled.given.get(ref)?.revision ?? -1) + 1;
    const wanted = [...lackingOf(filled, set)].flatMap((ref) => {
      const entity = set.byRef.get(ref)?.entity;
      return entity === undefined ? [] : [{ entity, revision: revisionFor(entity, filled.given.get(ref)) }];
    });
    // One above what it has is never above the revision at which the state let go of it.
    const gone = [...filled.given].flatMap(([ref, { hash }]) =>
      hash === 'out' || set.byRef.has(ref) ? [] : [{ ref, revision: above(ref) }],
    );
    return { wanted, gone };
  }

  /** Until `written` or `takenOut`, nobody may rely on what the index says of these. */
  writing(tenant: string, refs: readonly Ref[]): void {
    const { given } = this.#of(tenant);
    this.#change(
      tenant,
      refs.map((ref) => [ref, { hash: 'uncertain', revision: given.get(ref)?.revision ?? -1 }]),
    );
  }

  written(tenant: string, written: readonly Wanted[]): void {
    this.#change(
      tenant,
      written.map(({ entity, revision }) => [refOf(entity.key), { hash: entity.hash, revision }]),
    );
  }

  takenOut(tenant: string, gone: readonly Gone[]): void {
    this.#change(
      tenant,
      gone.map(({ ref, revision }) => [ref, { hash: 'out', revision }]),
    );
  }

  /** What the index was seen to hold of a tenant, in place of all that was known. */
  seen(tenant: string, holdings: readonly Holding[]): void {
    const { given } = this.#of(tenant);
    const held = new Map<Ref, Version>(holdings.map((one) => [refOf(one.key), versionOf(one)]));
    for (const ref of given.keys()) if (!held.has(ref)) held.set(ref, { hash: 'out', revision: -1 });
    const changed = [...held].filter(([ref, { hash, revision }]) => {
      const known = given.get(ref);
      return known === undefined || known.hash !== hash || known.revision !== revision;
    });
    this.#change(tenant, changed);
  }

  /** The index is another one than it was, or may be. */
  forgetAll(): void {
    this.#tenants.clear();
    this.#count = 0;
    this.#era += 1;
  }

  #change(tenant: string, changed: readonly (readonly [Ref, Version])[]): void {
    const filled = this.#of(tenant);
    filled.changes += 1;
    for (const [ref, version] of changed) {
      this.#count += Number(isHeld(version.hash)) - Number(isHeld(filled.given.get(ref)?.hash ?? 'out'));
      filled.given.set(ref, { ...version, at: filled.changes });
      if (filled.latest === undefined) continue;
      const { set, lacking } = filled.latest;
      const wanted = set.byRef.get(ref)?.entity;
      if (wanted !== undefined && !has(version, wanted)) lacking.add(ref);
      else lacking.delete(ref);
    }
  }

  #of(tenant: string): TenantFilled {
    const filled = this.#tenants.get(tenant) ?? { given: new Map(), changes: 0, latest: undefined };
    this.#tenants.set(tenant, filled);
    return filled;
  }
}

/** What of a set an index does not have as it is in it, by what it was seen to hold. */
export function lackingAmong(holdings: readonly Holding[], set: PolicySet): number {
  const held = new Map<string, Version>(holdings.map((one) => [refOf(one.key), versionOf(one)]));
  return [...set.byRef].filter(([ref, { entity }]) => {
    const version = held.get(ref);
    return version === undefined || !has(version, entity);
  }).length;
}

function versionOf({ entityHash, revision, isWhole = true }: Holding): Version {
  return { hash: entityHash === null ? 'out' : isWhole ? entityHash : 'uncertain', revision };
}

/** The same content of a lower revision will not do: in between it was another, which may be on its way to the index. */
function has({ hash, revision }: Version, entity: PresentEntity): boolean {
  return hash === entity.hash && revision >= entity.revision;
}

/** That of the state, by which a late write changes nothing; a higher one where the index was ahead of a state that fell back. */
function revisionFor(entity: PresentEntity, known: Version | undefined): number {
  if (known === undefined) return entity.revision;
  // Some of this very revision is there, and the rest belongs to it.
  if (known.hash === 'uncertain' && known.revision === entity.revision) return entity.revision;
  return Math.max(entity.revision, known.revision + 1);
}

function isHeld(hash: Given['hash']): boolean {
  return hash !== 'uncertain' && hash !== 'out';
}

function keyRef({ entity }: { readonly entity: PresentEntity }): Ref {
  return refOf(entity.key);
}

function lackingOf(filled: TenantFilled, set: PolicySet): ReadonlySet<Ref> {
  if (filled.latest?.set === set) return filled.latest.lacking;
  const lacking = new Set<Ref>();
  for (const { entity } of set.byRef.values()) {
    const ref = refOf(entity.key);
    const given = filled.given.get(ref);
    if (given === undefined || !has(given, entity)) lacking.add(ref);
  }
  filled.latest = { set, lacking };
  return lacking;
}

function changedSince({ given, changes }: TenantFilled, before: number): readonly Ref[] {
  return changes === before ? [] : [...given].flatMap(([ref, { at }]) => (at > before ? [ref] : []));
}
