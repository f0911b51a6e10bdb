/** A tenant's policies as one immutable value with a name: its digest covers every policy's reference, content and position. */
import { type Digest, digestOfLines } from '../domain/canonical.js';
import { type PresentEntity, refOf } from '../domain/entity.js';
import type { PolicyFacets } from '../domain/kinds/index.js';
import { positionText } from '../domain/position.js';

export interface Policy {
  readonly entity: PresentEntity;
  readonly facets: PolicyFacets;
}

export class PolicySet {
  /** Moves with every change of the tenant's policies; tells two sets of one store apart without hashing. */
  readonly version: number;
  readonly byRef: ReadonlyMap<string, Policy>;
  #digest: Digest | undefined;
  #byPolicyId: ReadonlyMap<string, readonly Policy[]> | undefined;

  constructor(version: number, policies: Iterable<PresentEntity>) {
    this.version = version;
    const byRef = new Map<string, Policy>();
    for (const entity of policies) {
      if (entity.facets.kind === 'policy') byRef.set(refOf(entity.key), { entity, facets: entity.facets });
    }
    this.byRef = byRef;
  }

  /** Computed when first asked for: a set that no snapshot names costs nothing. */
  get digest(): Digest {
    this.#digest ??= digestOfLines(
      [...this.byRef]
        .map(([ref, { entity }]) => `${JSON.stringify(ref)} ${entity.hash} ${positionText(entity.watermark.position)}`)
        .sort(),
    );
    return this.#digest;
  }

  /** All versions of one policy, in no particular order. */
  versionsOf(policyId: string): readonly Policy[] {
    this.#byPolicyId ??= groupByPolicyId(this.byRef);
    return this.#byPolicyId.get(policyId) ?? [];
  }
}

function groupByPolicyId(byRef: ReadonlyMap<string, Policy>): ReadonlyMap<string, readonly Policy[]> {
  const groups = new Map<string, Policy[]>();
  for (const policy of byRef.values()) {
    const group = groups.get(policy.facets.policyId);
    if (group === undefined) groups.set(policy.facets.policyId, [policy]);
    else group.push(policy);
  }
  return groups;
}
