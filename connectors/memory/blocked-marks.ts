/** Blocked marks, found by the tenant and the account they concern. */
import type { EntityKey } from '../../src/domain/entity.js';
import type { BlockedMark } from '../../src/state/port.js';

type OwnerLookup = (key: EntityKey) => string | null | undefined;

export class BlockedMarks {
  // Few at any time: a scan is simpler than an index, and an empty map costs nothing.
  readonly #marks = new Map<string, BlockedMark>();

  add(mark: BlockedMark): void {
    this.#marks.set(mark.rejected, mark);
  }

  remove(rejected: string): void {
    this.#marks.delete(rejected);
  }

  removeKey({ tenant, kind, id }: EntityKey): void {
    for (const [rejected, { concern }] of this.#marks) {
      if (concern.tenant === tenant && concern.kind === kind && concern.id === id) this.#marks.delete(rejected);
    }
  }

  all(): readonly BlockedMark[] {
    return [...this.#marks.values()];
  }

  /**
   * What nobody can say does not concern this account: unknown tenant, kind or account counts as concerning it. `ownerOf` tells whose
   * a key is now: a patch may have moved it since it was blocked.
   */
  ofAccount(tenant: string, accountId: string, ownerOf: OwnerLookup): readonly BlockedMark[] {
    if (this.#marks.size === 0) return [];
    return this.ofTenant(tenant).filter(({ concern }) => {
      const { kind, id } = concern;
      if (concern.accountId === null || concern.accountId === accountId) return true;
      return kind !== null && id !== null && ownerOf({ tenant, kind, id }) === accountId;
    });
  }

  ofTenant(tenant: string): readonly BlockedMark[] {
    return [...this.#marks.values()].filter(({ concern }) => concern.tenant === null || concern.tenant === tenant);
  }
}
