/**
 * The policies of a tenant for a view of one server. A view brings what its reader lacks of them while that is little; where it is much, they
 * are read page by page, and a view has to find the seq there that was there before the first page, or says in one script what has changed of
 * each. So a set is always of the moment of its view, however it came together.
 */
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { PolicySet } from '../../src/state/policy-set.js';
import type { Contents } from './contents.js';
import type { KnownPolicies, PolicyCache } from './policy-cache.js';
import { entitiesOf, type HeldPolicies, type HeldPolicy, heldPolicy, heldRows, noPolicies } from './policy-held.js';
import { listOf, textOf, textsOf } from './reply.js';
import { policyNamesScript, policyPageScript } from './scripts.js';
import { pairs, ValueDamaged } from './values.js';

/** What a view tells its script of the policies it knows. */
export interface PolicyClaim {
  readonly known: KnownPolicies | undefined;
  /** Of each that is held, for a script to compare: it sends no other. */
  readonly isDetailed: boolean;
}

/** A view, or `part`: its reader lacks more of the policies than one script sends. */
export type PolicyView<View> = (claim: PolicyClaim) => Promise<View | 'part'>;

export class PolicyReader {
  readonly #contents: Contents;
  readonly #cache: PolicyCache;
  readonly #underWay = new Map<string, Promise<KnownPolicies>>();

  constructor(contents: Contents, cache: PolicyCache) {
    this.#contents = contents;
    this.#cache = cache;
  }

  /** Rejects with `state_unavailable` where the policies change faster than they can be read. */
  async viewed<View>(tenant: string, view: PolicyView<View>): Promise<View> {
    let claim: PolicyClaim = { known: this.#cache.get(tenant), isDetailed: false };
    for (let tries = 0; tries < limits.policyTriesMax; tries++) {
      const found = await view(claim);
      if (found !== 'part') return found;
      const { known, isDetailed } = claim;
      if (known !== undefined && !isDetailed && known.held.size <= limits.policyChecksMax) {
        claim = { known, isDetailed: true };
      } else {
        claim = { known: await this.#paged(tenant, known), isDetailed: false };
      }
    }
    throw overtaken();
  }

  /** Once for all who ask meanwhile. */
  #paged(tenant: string, known: KnownPolicies | undefined): Promise<KnownPolicies> {
    const underWay = this.#underWay.get(tenant);
    if (underWay !== undefined) return underWay;
    const paged = this.#page(tenant, known).finally(() => this.#underWay.delete(tenant));
    this.#underWay.set(tenant, paged);
    return paged;
  }

  async #page(tenant: string, known: KnownPolicies | undefined): Promise<KnownPolicies> {
    const { contents, seq, fields } = await this.#contents.ask(
      policyNamesScript,
      (layout) => {
        const { present, meta } = layout.tenant(tenant);
        return { keys: [layout.control.meta, meta, present] };
      },
      ([, seq, fields], { contents }) => ({ contents, seq: textOf(seq), fields: textsOf(fields) }),
    );
    const before = known?.contents === contents ? known.held : noPolicies;
    const held = new Map<string, HeldPolicy>();
    for (let at = 0; at < fields.length; ) {
      const page = await this.#pageOf(tenant, fields.slice(at, at + limits.policyPageCountMax), before);
      // Of other contents: nothing of the two goes together, and who asked begins again with the new ones.
      if (page.contents !== contents) return setOf({ contents, seq: '', held: noPolicies });
      for (const [field, one] of page.found) held.set(field, one);
      at += page.count;
    }
    // Of the seq before the first page: a view that finds this one still there has seen nothing move since.
    return setOf({ contents, seq, held });
  }

  #pageOf(tenant: string, fields: readonly string[], before: HeldPolicies) {
    return this.#contents.ask(
      policyPageScript,
      (layout) => ({
        keys: [layout.control.meta, layout.tenant(tenant).present],
        args: [String(limits.policyPageBytes), heldRows(fields, before)],
      }),
      ([, count, changed, gone], { contents }) => {
        const seen = fields.slice(0, Number(textOf(count)));
        if (seen.length === 0) throw new ValueDamaged();
        return {
          contents,
          count: seen.length,
          found: changedHeld(tenant, seen, before, [changed, gone]),
        };
      },
    );
  }
}

/** What a view's script is told: seq, what is held, and how much it may look at and send. */
export function policyArgs({ known, isDetailed }: PolicyClaim): readonly string[] {
  const bounds = [limits.policyPageCountMax, limits.policyChecksMax, limits.policyPageBytes].map(String);
  if (known === undefined) return ['', '', ...bounds];
  return [known.seq, isDetailed ? heldRows(known.held.keys(), known.held) : '', ...bounds];
}

/** What the script has found changed since what it was told. Throws `ValueDamaged`. */
export function policiesOf(
  { tenant, contents, seq }: { readonly tenant: string; readonly contents: string; readonly seq: string },
  { known, isDetailed }: PolicyClaim,
  reply: unknown,
): KnownPolicies {
  const before = isDetailed ? (known?.held ?? noPolicies) : noPolicies;
  return setOf({ contents, seq, held: changedHeld(tenant, before.keys(), before, listOf(reply)) });
}

function changedHeld(
  tenant: string,
  fields: Iterable<string>,
  before: HeldPolicies,
  [changed, gone]: readonly unknown[],
): HeldPolicies {
  const held = new Map<string, HeldPolicy>();
  for (const field of fields) {
    const one = before.get(field);
    if (one !== undefined) held.set(field, one);
  }
  for (const field of textsOf(gone)) held.delete(field);
  for (const [field, text] of pairs(textsOf(changed))) held.set(field, heldPolicy(tenant, field, text));
  return held;
}

function setOf(read: Omit<KnownPolicies, 'policies'>): KnownPolicies {
  return { ...read, policies: new PolicySet(Number(read.seq), entitiesOf(read.held)) };
}

function overtaken(): TidemarkError {
  return new TidemarkError({
    code: 'state_unavailable',
    message: `The policies of the tenant changed faster than they could be read, ${limits.policyTriesMax} times.`,
    advice: 'Try again.',
    retriable: true,
  });
}
