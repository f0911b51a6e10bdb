/** Traps about whose something is: revoked late, moved, deleted and given out again. */
import { at, MINUTE_MS, SECOND_MS, worldStartsAt } from './calendar.js';
import { entryOf, type Tenant } from './emit.js';
import { bought, boughtData } from './entitlement-event.js';
import { opened, patched } from './ticket-event.js';
import { expectation, type Trap } from './trap.js';

const tenant: Tenant = 'northquay';

const revoked = { tenant, id: 'E-1001', accountId: 'A-1005', product: 'returns', quantity: 500 } as const;
const revokedQuestion = { tenant, account: 'A-1005', question: 'May we keep using the returns portal?' } as const;
const revocationArrivesAt = at('2026-02-18T14:20:00Z');

export const revokedLate: Trap = {
  name: 'entitlement revoked late',
  story:
    'Billing takes the returns product away as of 12 February but says so only on the 18th. Until then nobody can know; from then on it ' +
    'reads as not active, also when the question is about the 15th.',
  refs: ['entitlement/E-1001'],
  entries: [
    bought(revoked, { verb: 'imported', n: 1, happenedAt: worldStartsAt, arrivesAt: worldStartsAt + 4 * MINUTE_MS }),
    entryOf(
      { tenant, kind: 'entitlement', id: revoked.id },
      {
        verb: 'revoked',
        sequence: 2,
        version: '2',
        happenedAt: at('2026-02-12'),
        arrivesAt: revocationArrivesAt,
        correlationId: 'chargeback-7731',
      },
      {
        op: 'upsert',
        data: { ...boughtData(revoked), status: 'revoked', endsAt: '2026-02-12T00:00:00Z', reason: 'payment reversed' },
      },
    ),
  ],
  expectations: [
    expectation(revokedQuestion, {
      when: 'before',
      seenThrough: at('2026-02-15T12:00:00Z'),
      mustContain: ['entitlement/E-1001'],
      claims: [{ kind: 'active', ref: 'entitlement/E-1001', active: true }],
    }),
    expectation(revokedQuestion, {
      when: 'after',
      seenThrough: revocationArrivesAt,
      claims: [{ kind: 'active', ref: 'entitlement/E-1001', active: false }],
    }),
    expectation(revokedQuestion, {
      when: 'after',
      seenThrough: revocationArrivesAt,
      evaluatedAt: at('2026-02-15T12:00:00Z'),
      claims: [{ kind: 'active', ref: 'entitlement/E-1001', active: false }],
    }),
  ],
  rejections: [],
};

const movedAt = at('2026-02-11T10:30:00Z');
const movedQuestion = 'What is open about the delivery to the trade counter?';
const movedText = 'the pallet for the trade counter, reference PAL-5518';

export const ticketMoved: Trap = {
  name: 'ticket moved between accounts',
  story:
    'A ticket was filed under the retail account and belongs to its sister company. The move is one patch of accountId: the old account loses ' +
    'the ticket at the same position at which the new one gains it.',
  refs: ['ticket/T-1003'],
  entries: [
    opened(tenant, '2026-02-10T13:05:00Z', {
      id: 'T-1003',
      accountId: 'A-1012',
      product: 'tracking',
      priority: 'high',
      channel: 'email',
      requester: 'warehouse desk',
      subject: 'Pallet for the trade counter is missing',
      body: `We are still waiting for ${movedText}. Tracking ends at Marrowby hub. Please open an inquiry with Bluepier Freight.`,
    }),
    patched(tenant, {
      id: 'T-1003',
      verb: 'moved',
      sequence: 2,
      happened: '2026-02-11T10:30:00Z',
      data: { accountId: 'A-1019' },
    }),
  ],
  expectations: [
    expectation(
      { tenant, account: 'A-1012', question: movedQuestion },
      { when: 'before', seenThrough: movedAt - SECOND_MS, mustContain: ['ticket/T-1003'] },
    ),
    expectation(
      { tenant, account: 'A-1019', question: movedQuestion },
      {
        when: 'before',
        seenThrough: movedAt - SECOND_MS,
        mustNotContain: ['ticket/T-1003'],
        mustNotMention: ['PAL-5518'],
      },
    ),
    expectation(
      { tenant, account: 'A-1012', question: movedQuestion },
      { when: 'after', seenThrough: movedAt, mustNotContain: ['ticket/T-1003'], mustNotMention: ['PAL-5518'] },
    ),
    expectation(
      { tenant, account: 'A-1019', question: movedQuestion },
      { when: 'after', seenThrough: movedAt, mustContain: ['ticket/T-1003'] },
    ),
  ],
  rejections: [],
};
