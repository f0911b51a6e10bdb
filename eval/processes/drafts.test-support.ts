/** What clients send: each change of an entity says how many there were before it, so that what is shown tells what is missing. */
import type { JsonObject } from '../../src/domain/canonical.js';
import type { Random } from '../random.js';

export interface Draft {
  readonly event: JsonObject;
  readonly account: string;
  readonly ref: string;
  readonly n: number;
}

const TICKETS = 4;

export class Drafts {
  readonly #random: Random;
  readonly #changes = new Map<string, number>();
  #sent = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next changes of an account and what belongs to it. */
  batch(account: string): readonly Draft[] {
    const count = this.#random.between(1, 5);
    if (!this.#changes.has(`account/${account}`)) return [this.#draft('account', account, account)];
    return Array.from({ length: count }, () => {
      if (this.#random.chance(0.04)) return this.#draft('orphan', `${account}-X${this.#sent}`, account);
      if (this.#random.chance(0.15)) return this.#draft('account', account, account);
      if (this.#random.chance(0.15)) return this.#draft('policy', `${account.slice(0, 3)}-P`, account);
      return this.#draft('ticket', `${account}-T${this.#random.between(1, TICKETS)}`, account);
    });
  }

  #draft(kind: 'account' | 'ticket' | 'policy' | 'orphan', id: string, account: string): Draft {
    const ref = `${kind === 'orphan' ? 'ticket' : kind}/${id}`;
    const n = (this.#changes.get(ref) ?? 0) + 1;
    this.#changes.set(ref, n);
    this.#sent++;
    const common = { specversion: '1.0', id: `${ref}#${n}`, source: '/clients', subject: id };
    const event = { ...common, ...contentOf(kind, { id, account, n }) };
    return { event, account, ref, n };
  }
}

interface Change {
  readonly id: string;
  readonly account: string;
  readonly n: number;
}

/** Policies and accounts are full states, a ticket's later changes are patches, each of which leaves a member of its own. */
function contentOf(kind: 'account' | 'ticket' | 'policy' | 'orphan', { id, account, n }: Change): JsonObject {
  const text = `Refunds after ${n} changes. `.repeat(8);
  switch (kind) {
    case 'account':
      return { type: 'account.updated', data: { id, name: account, plan: 'team', n } };
    case 'policy':
      return {
        type: 'policy.published',
        entityversion: String(n),
        data: { id, policyId: id, version: '1', title: 'Refunds', body: text, n },
      };
    case 'orphan':
      return { type: 'ticket.commented', op: 'patch', data: { n, accountId: account } };
    case 'ticket':
      return n === 1
        ? { type: 'ticket.opened', data: { id, accountId: account, subject: text, status: 'open', n, c1: true } }
        : { type: 'ticket.commented', op: 'patch', data: { n, [`c${n}`]: true } };
  }
}
