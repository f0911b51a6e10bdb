/** Traps about time: a policy outrun by its next version, and one whose turn comes without any event. The texts are the policies' own. */
import { at, SECOND_MS, worldEndsAt } from './calendar.js';
import { expectation, type Trap } from './trap.js';

const refundQuestion = {
  tenant: 'northquay',
  account: 'A-1007',
  question: 'Within how many days of the invoice can our business subscription be refunded?',
} as const;
const refundChangesAt = at('2026-02-10T00:00:00Z');
const oldRefund = 'policy/refund-window-business@1';
const newRefund = 'policy/refund-window-business@2';
const refundNow = {
  when: 'after',
  mustContain: [newRefund],
  mustNotContain: [oldRefund],
  mustNotMention: ['within 30 days of the invoice date'],
} as const;

export const policySuperseded: Trap = {
  name: 'policy superseded',
  story:
    'Version 2 of the business refund rule takes effect the moment it is published: 14 days instead of 30. Version 1 has no end date and fits ' +
    'the question as well as ever; it must never be served again.',
  refs: [oldRefund, newRefund],
  entries: [],
  expectations: [
    expectation(refundQuestion, {
      when: 'before',
      seenThrough: refundChangesAt - SECOND_MS,
      mustContain: [oldRefund],
      mustNotContain: [newRefund],
    }),
    expectation(refundQuestion, { ...refundNow, seenThrough: refundChangesAt }),
    expectation(refundQuestion, { ...refundNow, seenThrough: worldEndsAt }),
  ],
  rejections: [],
};

const limitQuestion = {
  tenant: 'northquay',
  account: 'A-1009',
  question: 'How many API requests per minute may an enterprise account send?',
} as const;
const limitPublishedAt = at('2026-02-12T11:00:00Z');
const limitChangesAt = at('2026-02-20');
const oldLimit = 'policy/api-rate-limits@2';
const newLimit = 'policy/api-rate-limits@3';
const stillOld = { when: 'before', mustContain: [oldLimit], mustNotContain: [newLimit] } as const;

export const policyScheduled: Trap = {
  name: 'policy scheduled',
  story:
    'New API limits are published on 12 February for the 20th. Until then version 2 is served and names version 3 as coming; from the first ' +
    'instant of the 20th version 3 is served, although no event arrives to say so.',
  refs: [oldLimit, newLimit],
  entries: [],
  expectations: [
    expectation(limitQuestion, {
      ...stillOld,
      seenThrough: limitPublishedAt - SECOND_MS,
      claims: [{ kind: 'successor', ref: oldLimit, successor: null }],
    }),
    expectation(limitQuestion, {
      ...stillOld,
      seenThrough: limitChangesAt - SECOND_MS,
      claims: [{ kind: 'successor', ref: oldLimit, successor: newLimit }],
    }),
    // The same log, one second later.
    expectation(limitQuestion, {
      when: 'after',
      seenThrough: limitChangesAt - SECOND_MS,
      evaluatedAt: limitChangesAt,
      mustContain: [newLimit],
      mustNotContain: [oldLimit],
      claims: [{ kind: 'successor', ref: newLimit, successor: null }],
    }),
  ],
  rejections: [],
};
