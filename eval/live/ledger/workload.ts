/** What the ledger's sources say: entities whose versions count from 1, with repetitions, deletions and poison among them. */
import { canonicalJson, type JsonObject } from '../../../src/domain/canonical.js';
import type { Kind } from '../../../src/domain/kinds/index.js';
import { recordKey } from '../../../src/domain/record-key.js';
import type { Random } from '../../random.js';

export interface Plan {
  readonly tenants: number;
  /** Of each kind, spread over the tenants. */
  readonly entities: number;
}

export interface Subject {
  readonly tenant: string;
  readonly kind: Kind;
  readonly id: string;
  /** Whose it is; null for a policy, which is its tenant's. */
  readonly account: string | null;
}

/** `again` is one of a run that a source sends once more after a fault of its own. */
export type Sort = 'new' | 'duplicate' | 'again' | 'poison';

/** One record on its way. */
export interface Sending {
  readonly subject: Subject;
  readonly sort: Sort;
  /** Counts the changes of one entity from 1; null for poison, which is none. */
  readonly version: number | null;
  readonly isDeletion: boolean;
  readonly key: Buffer;
  readonly value: Buffer;
}

const shares = { deletion: 0.05, duplicate: 0.1, run: 0.02, poison: 0.01 } as const;
/** What is sent again is one of so many: more than a key remembers ids of, so that some are told by their version alone. */
const KEPT = 24;
const RUN_MAX = 6;
const kindsInOrder = ['account', 'ticket', 'entitlement', 'policy'] as const;

export function tenantsOf({ tenants }: Plan): readonly string[] {
  return Array.from({ length: tenants }, (_, number) => `tenant-${number}`);
}

/** Names as answers have them, of one tenant after the other. */
export function accountsOf(plan: Plan, tenant: string): readonly string[] {
  return numbersOf(plan, tenant).map((number) => `A-${number}`);
}

function numbersOf({ entities, tenants }: Plan, tenant: string): readonly number[] {
  const own = Number(tenant.slice('tenant-'.length));
  return Array.from({ length: entities }, (_, number) => number).filter((number) => number % tenants === own);
}

export function subjectsOf(plan: Plan): readonly Subject[] {
  return kindsInOrder.flatMap((kind) =>
    tenantsOf(plan).flatMap((tenant) =>
      numbersOf(plan, tenant).map((number) => ({
        tenant,
        kind,
        id: `${kind.charAt(0).toUpperCase()}-${number}`,
        account: kind === 'policy' ? null : `A-${number}`,
      })),
    ),
  );
}

/** `tenant kind/id`: what an entity is called in histories. */
export function nameOf({ tenant, kind, id }: Pick<Subject, 'tenant' | 'kind' | 'id'>): string {
  return `${tenant} ${kind}/${id}`;
}

interface Told {
  readonly version: number;
  readonly isDeleted: boolean;
  /** The newest events, as they were sent. */
  readonly sent: readonly Sending[];
}

export class Workload {
  readonly subjects: readonly Subject[];
  readonly #random: Random;
  readonly #told = new Map<string, Told>();
  #begun = 0;

  constructor(plan: Plan, random: Random) {
    this.subjects = subjectsOf(plan);
    this.#random = random;
  }

  /** The next records, in the order in which they are to be in the log: one, or a run that is sent again. */
  next(): readonly Sending[] {
    const random = this.#random;
    const fresh = this.subjects[this.#begun];
    if (fresh !== undefined) {
      this.#begun += 1;
      return [this.#change(fresh)];
    }
    const subject = random.pick(this.subjects);
    const dice = random.next();
    if (dice < shares.poison) return [this.poison(subject)];
    if (dice < shares.poison + shares.run) return this.#again(subject);
    if (dice < shares.poison + shares.run + shares.duplicate) return [{ ...this.#sentOf(subject), sort: 'duplicate' }];
    return [this.#change(subject)];
  }

  /** Of an entity that there is: no JSON, a version that is none, or another event under an id that was used. */
  poison(subject: Subject): Sending {
    const version = (this.#told.get(nameOf(subject))?.version ?? 0) + 1;
    const event = eventOf(subject, version, false);
    const used = `${nameOf(subject)}#${version - 1}`;
    const value = this.#random.pick([
      '{"broken',
      canonicalJson({ ...event, id: `${used}!`, entityversion: '1.5' }),
      canonicalJson({ ...event, id: used }),
    ]);
    return { ...sendingOf(subject, value), sort: 'poison', version: null, isDeletion: false };
  }

  #change(subject: Subject): Sending {
    const told = this.#told.get(nameOf(subject)) ?? { version: 0, isDeleted: true, sent: [] };
    const version = told.version + 1;
    const isDeletion = !told.isDeleted && this.#random.chance(shares.deletion);
    const value = canonicalJson(eventOf(subject, version, isDeletion));
    const sending = { ...sendingOf(subject, value), sort: 'new', version, isDeletion } as const;
    const sent = [...told.sent.slice(1 - KEPT), sending];
    this.#told.set(nameOf(subject), { version, isDeleted: isDeletion, sent });
    return sending;
  }

  #sentOf(subject: Subject): Sending {
    return this.#random.pick(this.#told.get(nameOf(subject))?.sent ?? []);
  }

  #again(subject: Subject): readonly Sending[] {
    const { sent = [] } = this.#told.get(nameOf(subject)) ?? {};
    const from = this.#random.below(sent.length);
    return sent.slice(from, from + RUN_MAX).map((one) => ({ ...one, sort: 'again' }));
  }
}

function sendingOf(subject: Subject, value: string): Pick<Sending, 'subject' | 'key' | 'value'> {
  return { subject, key: Buffer.from(recordKey(subject.tenant, subject.id)), value: Buffer.from(value) };
}

function eventOf(subject: Subject, version: number, isDeletion: boolean): JsonObject {
  const { tenant, kind, id } = subject;
  const common = { specversion: '1.0', id: `${nameOf(subject)}#${version}`, source: '/ledger', tenant, subject: id };
  const named = { ...common, type: `${kind}.changed`, entityversion: String(version) };
  return isDeletion ? { ...named, op: 'delete' } : { ...named, data: dataOf(subject, version) };
}

const words = ['refund', 'label', 'invoice', 'login', 'quota', 'delivery', 'export', 'seat'] as const;

/** Three words that questions ask for. */
export function topicOf(version: number): string {
  return [0, 1, 2].map((step) => words[(version * 3 + step * 5) % words.length]).join(' ');
}

function dataOf({ tenant, kind, id, account }: Subject, version: number): JsonObject {
  const common = { id, n: version, tenant };
  switch (kind) {
    case 'account':
      return { ...common, name: `${tenant} ${id}`, plan: version % 2 === 0 ? 'team' : 'pro', region: 'eu' };
    case 'ticket':
      return { ...common, accountId: account, subject: topicOf(version), status: 'open' };
    case 'entitlement':
      return { ...common, accountId: account, product: `product-${version % 5}` };
    case 'policy': {
      const title = topicOf(version);
      return { ...common, policyId: id, version: '1', title, body: `${title}: within ${version} days. `.repeat(3) };
    }
  }
}
