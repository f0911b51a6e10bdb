/** Trap: records that come twice, and older versions that come after newer ones. */
import { at, MINUTE_MS, SECOND_MS, worldStartsAt } from './calendar.js';
import { entryOf, sentAgain, type Tenant } from './emit.js';
import { bought, boughtData } from './entitlement-event.js';
import { opened, patched } from './ticket-event.js';
import { expectation, type Trap } from './trap.js';

const tenant: Tenant = 'northquay';

const resized = { tenant, id: 'E-1005', accountId: 'A-1014', product: 'bulk-api' } as const;
const secondVersion = { verb: 'resized', n: 2, happenedAt: at('2026-02-08T09:00:00Z') };
const thirdVersion = bought(
  { ...resized, quantity: 600 },
  { verb: 'resized', n: 3, happenedAt: at('2026-02-13T09:00:00Z'), arrivesAt: at('2026-02-13T09:00:30Z') },
);
const resentAt = at('2026-02-15T03:00:00Z');

/** The capture restarts and sends version 2 under a new event id: known by its version, not by its name. */
const secondResent = entryOf(
  { tenant, kind: 'entitlement', id: resized.id },
  { verb: 'resized', sequence: 4, version: '2', happenedAt: secondVersion.happenedAt, arrivesAt: resentAt },
  { op: 'upsert', data: boughtData({ ...resized, quantity: 300 }) },
);

const reprint = opened(tenant, '2026-02-13T11:15:00Z', {
  id: 'T-1009',
  accountId: 'A-1014',
  product: 'labels',
  priority: 'high',
  channel: 'email',
  requester: 'warehouse desk',
  subject: 'Reprinted labels are charged again',
  body: 'Every reprint of a torn label shows up as a new label on the postage balance: 41 of them since Monday.',
});
const reprintResolved = patched(tenant, {
  id: 'T-1009',
  verb: 'resolved',
  sequence: 2,
  happened: '2026-02-14T10:00:00Z',
  data: { status: 'resolved' },
});
const reprintReopened = patched(tenant, {
  id: 'T-1009',
  verb: 'reopened',
  sequence: 3,
  happened: '2026-02-14T16:00:00Z',
  data: { status: 'open', priority: 'urgent' },
});

const resentQuestion = { tenant, account: 'A-1014', question: 'Is the problem with reprinted labels solved?' } as const;
const resentTruth = {
  mustContain: ['entitlement/E-1005', 'ticket/T-1009'],
  claims: [
    { kind: 'value', ref: 'entitlement/E-1005', pointer: '/quantity', equals: 600 },
    { kind: 'value', ref: 'ticket/T-1009', pointer: '/status', equals: 'open' },
    { kind: 'value', ref: 'ticket/T-1009', pointer: '/priority', equals: 'urgent' },
  ],
} as const;

export const resent: Trap = {
  name: 'duplicates and older versions sent again',
  story:
    'Over night the change capture restarts: entitlement versions arrive as 1 2 3 2 3, and the opening and the resolution of a ticket that was ' +
    'reopened since arrive once more, byte for byte. Nothing may move back.',
  refs: ['entitlement/E-1005', 'ticket/T-1009'],
  entries: [
    bought(
      { ...resized, quantity: 120 },
      { verb: 'imported', n: 1, happenedAt: worldStartsAt, arrivesAt: worldStartsAt + 4 * MINUTE_MS },
    ),
    bought({ ...resized, quantity: 300 }, { ...secondVersion, arrivesAt: secondVersion.happenedAt + 30 * SECOND_MS }),
    thirdVersion,
    secondResent,
    sentAgain(thirdVersion, resentAt + SECOND_MS),
    reprint,
    reprintResolved,
    reprintReopened,
    sentAgain(reprint, resentAt + 2 * SECOND_MS),
    sentAgain(reprintResolved, resentAt + 3 * SECOND_MS),
  ],
  expectations: [
    expectation(resentQuestion, { ...resentTruth, when: 'before', seenThrough: resentAt - SECOND_MS }),
    expectation(resentQuestion, { ...resentTruth, when: 'after', seenThrough: resentAt + 3 * SECOND_MS }),
  ],
  rejections: [],
};
