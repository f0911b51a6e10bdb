/** Policies that are written while they are read, and what a view may show then: them as one of the writes left them, and that write's positions. */
import fc from 'fast-check';
import type { Entity } from '../../src/domain/entity.js';
import { entity, tickets, writer } from '../../src/state/contract-kit.js';
import type { StateStore } from '../../src/state/port.js';
import { MemoryState } from '../memory/state.js';

const change = fc.record({ id: fc.nat(5), deleted: fc.boolean(), length: fc.nat(600) });

export const writes = fc.array(fc.uniqueArray(change, { minLength: 1, maxLength: 4, selector: ({ id }) => id }), {
  minLength: 4,
  maxLength: 14,
});

export type Writes = typeof writes extends fc.Arbitrary<infer Value> ? Value : never;

/** So small that a set of six is read in several pages: a view may compare all, some or none. */
export const bounds = fc.record({
  policyPageCountMax: fc.integer({ min: 1, max: 4 }),
  policyPageBytes: fc.constantFrom(1, 700, 1_500, 100_000),
  policyChecksMax: fc.nat(6),
});

export class MovingPolicies {
  readonly #store: StateStore;
  readonly #memory = new MemoryState();
  readonly #held = new Map<number, Entity>();
  readonly #digests = new Map<bigint, string>();
  #count = 0n;

  constructor(store: StateStore) {
    this.#store = store;
  }

  async write(changes: Writes[number]): Promise<void> {
    const offset = Number(this.#count);
    const made = changes.map(({ id, deleted, length }) => {
      const expected = this.#held.get(id)?.watermark ?? null;
      const data = { title: 'x', body: 'x'.repeat(length) };
      const after = entity('policy', `P-${id}`, { offset, revision: offset + 1, deleted, data });
      this.#held.set(id, after);
      return { entity: after, expected };
    });
    for (const store of [this.#memory, this.#store]) {
      const { kind } = await writer(store).write({ through: this.#count, changes: made });
      if (kind !== 'written') throw new Error('nobody else writes');
    }
    const { policies } = await this.#memory.tenant('acme');
    this.#digests.set(this.#count, policies.digest);
    this.#count++;
  }

  /** Undefined: what is seen is of one moment. */
  async mixture(view: Pick<Awaited<ReturnType<StateStore['tenant']>>, 'policies' | 'through'>): Promise<unknown> {
    const at = view.through.get(tickets) ?? -1n;
    const wanted = this.#digests.get(at) ?? (await new MemoryState().tenant('acme')).policies.digest;
    return view.policies.digest === wanted ? undefined : { at, held: [...view.policies.byRef.keys()] };
  }
}
