/**
 * The policies of a tenant over several slots, page by page: each page shows the moment of its reader, or is refused as a later one, so that
 * together they are one set. What was read of it is held, and not sent again, when a reader of a later moment begins anew.
 */
import { limits } from '../../src/limits.js';
import { PolicySet } from '../../src/state/policy-set.js';
import { type MomentReader, Moved } from './cluster-read.js';
import type { PartAsk } from './cluster-slots.js';
import type { Layout } from './layout.js';
import { PolicyCache } from './policy-cache.js';
import { entitiesOf, type HeldPolicies, type HeldPolicy, heldPolicy, noPolicies } from './policy-held.js';
import { textOf, textsOf } from './reply.js';

/** One immutable set per tenant, until its part has another stamp. */
export class PolicySets {
  readonly #known = new PolicyCache();

  /** Throws `Moved` where a page is of a later moment. */
  async of(layout: Layout, reader: MomentReader, tenant: string): Promise<PolicySet> {
    const { contents } = layout;
    const cached = this.#known.get(tenant);
    const known = cached?.contents === contents ? cached : undefined;
    const { seq } = await reader.part({ stampKey: layout.tenant(tenant).meta, asks: [] });
    if (known?.seq === String(seq)) return known.policies;
    const pages = new Pages(layout, reader, tenant);
    const before = known?.held ?? noPolicies;
    try {
      const held = await pages.read(before);
      const policies = new PolicySet(seq, entitiesOf(held));
      this.#known.set(tenant, { contents, seq: String(seq), policies, held });
      return policies;
    } catch (error) {
      if (error instanceof Moved) {
        const held = new Map([...before, ...pages.found]);
        this.#known.set(tenant, { contents, seq: '', policies: new PolicySet(0, []), held });
      }
      throw error;
    }
  }
}

class Pages {
  /** Those that were sent. */
  readonly found = new Map<string, HeldPolicy>();
  readonly #keys: ReturnType<Layout['tenant']>;
  readonly #reader: MomentReader;
  readonly #tenant: string;

  constructor(layout: Layout, reader: MomentReader, tenant: string) {
    this.#keys = layout.tenant(tenant);
    this.#reader = reader;
    this.#tenant = tenant;
  }

  async read(before: HeldPolicies): Promise<HeldPolicies> {
    const [names] = await this.#part([{ key: this.#keys.present, field: null, lines: 0 }]);
    const held = new Map<string, HeldPolicy>();
    const wanted: string[] = [];
    for (let rest = textsOf(names); rest.length > 0; rest = rest.slice(limits.policyPageCountMax)) {
      const page = rest.slice(0, limits.policyPageCountMax);
      for (const [field, one] of await this.#unchanged(page, before)) held.set(field, one);
      wanted.push(...page.filter((field) => !held.has(field)));
    }
    for (let at = 0; at < wanted.length; ) {
      const page = wanted.slice(at, at + limits.policyPageCountMax);
      const texts = await this.#part(
        page.map((field) => ({ key: this.#keys.present, field })),
        limits.policyPageBytes,
      );
      for (const [index, text] of texts.entries()) {
        const field = textOf(page[index]);
        this.found.set(field, heldPolicy(this.#tenant, field, textOf(text)));
      }
      at += texts.length;
    }
    return new Map([...held, ...this.found]);
  }

  async #unchanged(fields: readonly string[], before: HeldPolicies): Promise<HeldPolicies> {
    const held = fields.flatMap((field) => {
      const one = before.get(field);
      return one === undefined ? [] : [[field, one] as const];
    });
    if (held.length === 0) return noPolicies;
    const lines = await this.#part(held.map(([field]) => ({ key: this.#keys.present, field, lines: 2 })));
    return new Map(held.filter(([, { beginning }], index) => `${lines[index]}\n` === beginning));
  }

  async #part(asks: PartAsk['asks'], bytesMax?: number) {
    const bounds = bytesMax === undefined ? {} : { bytesMax };
    const { values } = await this.#reader.part({ stampKey: this.#keys.meta, asks, ...bounds });
    return values;
  }
}
