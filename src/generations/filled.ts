/**
 * What the index of a generation has been given, and in which version: known here, since the marks of the state are those of another
 * index. From it follows what the index lacks of any set of policies, also of one that has changed meanwhile.
 */
import type { Digest } from '../domain/canonical.js';
import { type PresentEntity, type Ref, refOf } from '../domain/entity.js';
import type { Coverage, Lacking } from '../snapshot/candidates.js';
import type { PolicySet } from '../state/policy-set.js';

interface Given {
  /** `uncertain`: being written, or the write failed. `out`: taken out. */
  readonly hash: Digest | 'uncertain' | 'out';
  /** The tenant's count of changes at its last one. */
  readonly at: number;
}

interface TenantFilled {
  readonly given: Map<Ref, Given>;
  changes: number;
  /** What the set that was asked about last lacks: kept up beside what is written, since the next question is mostly about the same. */
  latest: { readonly set: PolicySet; readonly lacking: Set<Ref> } | undefined;
}

/** What is to be done to the index so that it has a set. */
export interface Lack {
  readonly wanted: readonly PresentEntity[];
  readonly gone: readonly Ref[];
}

export class Filled implements Coverage {
  readonly #tenants = new Map<string, TenantFilled>();
  #count = 0;

  /** Entities it has. */
  get count(): number {
    return this.#count;
  }

  async lacking({ policies }: { readonly policies: PolicySet }, tenant: string): Promise<Lacking> {
    const filled = this.#of(tenant);
    const { changes } = filled;
    return { refs: [...lackingOf(filled, policies)], since: async () => changedSince(filled, changes) };
  }

  lackOf(tenant: string, set: PolicySet): Lack {
    const filled = this.#of(tenant);
    const wanted = [...lackingOf(filled, set)].flatMap((ref) => set.byRef.get(ref)?.entity ?? []);
    const gone = [...filled.given].flatMap(([ref, { hash }]) => (hash === 'out' || set.byRef.has(ref) ? [] : [ref]));
    return { wanted, gone };
  }

  /** Until `written` or `takenOut`, nobody may rely on what the index says of these. */
  writing(tenant: string, refs: readonly Ref[]): void {
    this.#change(
      tenant,
      refs.map((ref) => [ref, 'uncertain']),
    );
  }

  written(tenant: string, entities: readonly PresentEntity[]): void {
    this.#change(
      tenant,
      entities.map(({ key, hash }) => [refOf(key), hash]),
    );
  }

  takenOut(tenant: string, refs: readonly Ref[]): void {
    this.#change(
      tenant,
      refs.map((ref) => [ref, 'out']),
    );
  }

  #change(tenant: string, changed: readonly (readonly [Ref, Given['hash']])[]): void {
    const filled = this.#of(tenant);
    filled.changes += 1;
    for (const [ref, hash] of changed) {
      this.#count += Number(isHeld(hash)) - Number(isHeld(filled.given.get(ref)?.hash ?? 'out'));
      filled.given.set(ref, { hash, at: filled.changes });
      if (filled.latest === undefined) continue;
      const { set, lacking } = filled.latest;
      const wanted = set.byRef.get(ref)?.entity.hash;
      if (wanted !== undefined && wanted !== hash) lacking.add(ref);
      else lacking.delete(ref);
    }
  }

  #of(tenant: string): TenantFilled {
    const filled = this.#tenants.get(tenant) ?? { given: new Map(), changes: 0, latest: undefined };
    this.#tenants.set(tenant, filled);
    return filled;
  }
}

function isHeld(hash: Given['hash']): boolean {
  return hash !== 'uncertain' && hash !== 'out';
}

function lackingOf(filled: TenantFilled, set: PolicySet): ReadonlySet<Ref> {
  if (filled.latest?.set === set) return filled.latest.lacking;
  const lacking = new Set<Ref>();
  for (const { entity } of set.byRef.values()) {
    const ref = refOf(entity.key);
    if (filled.given.get(ref)?.hash !== entity.hash) lacking.add(ref);
  }
  filled.latest = { set, lacking };
  return lacking;
}

function changedSince({ given, changes }: TenantFilled, before: number): readonly Ref[] {
  return changes === before ? [] : [...given].flatMap(([ref, { at }]) => (at > before ? [ref] : []));
}
