/** Trap: an account is deleted, and its id is given out again. */
import type { EventEntry } from '../stream.js';
import { type AccountRow, accountData } from './accounts.js';
import { at, MINUTE_MS, SECOND_MS, worldStartsAt } from './calendar.js';
import { entryOf, type Subject, type Tenant } from './emit.js';
import { bought } from './entitlement-event.js';
import { opened } from './ticket-event.js';
import { expectation, type Trap } from './trap.js';

const tenant: Tenant = 'northquay';
const id = 'A-1027';
const deletedAt = at('2026-02-14T09:00:00Z');
const recreatedAt = at('2026-02-17T13:00:00Z');
const accountSubject: Subject = { tenant, kind: 'account', id };

const first: AccountRow = {
  tenant,
  id,
  name: 'Stonewick Jewelry',
  plan: 'business',
  region: 'eu',
  industry: 'jewelry',
};
const second: AccountRow = {
  tenant,
  id,
  name: 'Junivale Bakery',
  plan: 'starter',
  region: 'uk',
  industry: 'food',
  signedUpAt: recreatedAt,
};

function firstLife(): EventEntry[] {
  const imported = { happenedAt: worldStartsAt, arrivesAt: worldStartsAt + MINUTE_MS };
  const product = { tenant, accountId: id, product: 'labels', quantity: 2_000 } as const;
  const analytics = { tenant, accountId: id, product: 'analytics', quantity: 1 } as const;
  return [
    entryOf(accountSubject, { ...imported, verb: 'imported', sequence: 1 }, { op: 'upsert', data: accountData(first) }),
    bought({ ...product, id: 'E-1002' }, { ...imported, verb: 'imported', n: 1 }),
    bought({ ...analytics, id: 'E-1003' }, { ...imported, verb: 'imported', n: 1 }),
    opened(tenant, '2026-02-04T08:30:00Z', {
      id: 'T-1006',
      accountId: id,
      product: 'labels',
      priority: 'high',
      channel: 'portal',
      requester: 'operations desk',
      subject: 'Insured labels for the Stonewick collection',
      body: 'Swiftlark refuses labels with a declared value above $5,000 for our rings. We ship 18 of them on Monday.',
    }),
    opened(tenant, '2026-02-12T15:10:00Z', {
      id: 'T-1007',
      accountId: id,
      product: 'contract',
      priority: 'normal',
      channel: 'email',
      requester: 'billing contact',
      subject: 'We are closing our account',
      body: 'Stonewick is closing its web shop. Please delete the account and everything in it on 14 February and confirm it.',
    }),
  ];
}

/** The source deletes what the account had, then the account: one action, seconds apart, each on its own topic. */
function closure(): EventEntry[] {
  const gone: readonly (readonly [kind: Subject['kind'], id: string])[] = [
    ['ticket', 'T-1006'],
    ['ticket', 'T-1007'],
    ['entitlement', 'E-1002'],
    ['entitlement', 'E-1003'],
    ['account', id],
  ];
  return gone.map(([kind, entityId], index) => {
    const arrivesAt = deletedAt + index * SECOND_MS;
    const versioned = kind === 'entitlement' ? { version: '2' } : {};
    const common = { verb: 'deleted', sequence: 2, happenedAt: deletedAt, correlationId: 'closure-A-1027' };
    return entryOf({ tenant, kind, id: entityId }, { ...common, ...versioned, arrivesAt }, { op: 'delete' });
  });
}

function secondLife(): EventEntry[] {
  const created = { verb: 'created', sequence: 3, happenedAt: recreatedAt, arrivesAt: recreatedAt };
  const grantedAt = recreatedAt + MINUTE_MS;
  const labels = { tenant, id: 'E-1004', accountId: id, product: 'labels', quantity: 500 } as const;
  return [
    entryOf(accountSubject, created, { op: 'upsert', data: accountData(second) }),
    bought(labels, { verb: 'granted', n: 1, happenedAt: grantedAt, arrivesAt: grantedAt }),
    opened(tenant, '2026-02-18T09:40:00Z', {
      id: 'T-1008',
      accountId: id,
      product: 'labels',
      priority: 'normal',
      channel: 'chat',
      requester: 'owner',
      subject: 'First labels: which service for cakes?',
      body: 'We are new here. Which carrier delivers before noon on the next day, and can the label say "keep upright"?',
    }),
  ];
}

const question = { tenant, account: id, question: 'What do we know about labels for this customer?' } as const;
const ofFirstLife = ['ticket/T-1006', 'ticket/T-1007', 'entitlement/E-1002', 'entitlement/E-1003'] as const;

export const accountRecreated: Trap = {
  name: 'account deleted and recreated',
  story:
    'Stonewick closes its account; three days later the account system gives the same id to a bakery. Nothing of the first customer may ' +
    'show in between or after.',
  refs: ['account/A-1027', ...ofFirstLife, 'entitlement/E-1004', 'ticket/T-1008'],
  entries: [...firstLife(), ...closure(), ...secondLife()],
  expectations: [
    expectation(question, {
      when: 'before',
      seenThrough: at('2026-02-13T12:00:00Z'),
      mustContain: ['account/A-1027', ...ofFirstLife],
      claims: [{ kind: 'value', ref: 'account/A-1027', pointer: '/name', equals: first.name }],
    }),
    expectation(question, {
      when: 'after',
      seenThrough: at('2026-02-15T12:00:00Z'),
      mustNotContain: ofFirstLife,
      mustNotMention: ['Stonewick'],
    }),
    expectation(question, {
      when: 'after',
      seenThrough: at('2026-02-18T10:00:00Z'),
      mustContain: ['account/A-1027', 'ticket/T-1008', 'entitlement/E-1004'],
      mustNotContain: ofFirstLife,
      mustNotMention: ['Stonewick'],
      claims: [{ kind: 'value', ref: 'account/A-1027', pointer: '/name', equals: second.name }],
    }),
  ],
  rejections: [],
};
