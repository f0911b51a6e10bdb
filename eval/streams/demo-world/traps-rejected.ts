/** Traps about records that cannot be folded: one cut off in the middle, one that comes before what it changes. */
import type { EventEntry, RawEntry } from '../stream.js';
import { at, MINUTE_MS, SECOND_MS } from './calendar.js';
import { entryOf, type Tenant } from './emit.js';
import { opened, patched, type TicketText, ticketData, ticketSubject } from './ticket-event.js';
import { expectation, type Trap } from './trap.js';

const tenant: Tenant = 'northquay';

const lenses: TicketText = {
  id: 'T-1002',
  accountId: 'A-1016',
  product: 'customs',
  priority: 'normal',
  channel: 'portal',
  requester: 'operations desk',
  subject: 'Declarations for lens samples are refused',
  body: 'Samples without a value are refused at customs in Takemori. Which value do we declare for goods that are not for sale?',
};
const lensesOpenedAt = '2026-02-06T09:00:00Z';
const poisonedAt = at('2026-02-16T10:05:00Z');
const urgentAt = at('2026-02-17T08:00:00Z');

const lensesUpdated: EventEntry = entryOf(
  ticketSubject(tenant, lenses.id),
  { verb: 'updated', sequence: 2, happenedAt: poisonedAt - SECOND_MS, arrivesAt: poisonedAt },
  {
    op: 'upsert',
    data: {
      ...ticketData(lenses, at(lensesOpenedAt)),
      status: 'pending',
      tariffNumber: '9001.50',
      updatedAt: '2026-02-16T10:04:59Z',
    },
  },
);
const repairedValue = JSON.stringify(lensesUpdated.event);
const poisonedKey = 'northquay/T-1002';
/** A producer died while writing: the last third is missing. */
const poisonedRecord: RawEntry = {
  at: poisonedAt,
  raw: {
    topicKind: 'ticket',
    key: poisonedKey,
    value: repairedValue.slice(0, Math.floor((repairedValue.length * 2) / 3)),
  },
};

const lensQuestion = { tenant, account: 'A-1016', question: 'What is the state of the refused declarations?' } as const;
const lensTicket = 'ticket/T-1002';

export const poisoned: Trap = {
  name: 'poisoned record',
  story:
    'A full update of a ticket is cut off in the middle. The record is rejected and its key reads as blocked: the old state is still served, ' +
    'labelled incomplete, also after a later patch has been applied. A redrive with the repaired bytes puts the update in its place, under the patch.',
  refs: [lensTicket],
  entries: [
    opened(tenant, lensesOpenedAt, lenses),
    poisonedRecord,
    patched(tenant, {
      id: lenses.id,
      verb: 'escalated',
      sequence: 3,
      happened: '2026-02-17T08:00:00Z',
      data: { priority: 'urgent' },
    }),
  ],
  expectations: [
    expectation(lensQuestion, {
      when: 'before',
      seenThrough: poisonedAt - SECOND_MS,
      mustContain: [lensTicket],
      label: 'fresh',
    }),
    expectation(lensQuestion, {
      when: 'after',
      seenThrough: poisonedAt,
      mustContain: [lensTicket],
      claims: [{ kind: 'value', ref: lensTicket, pointer: '/status', equals: 'open' }],
      label: 'incomplete',
    }),
    expectation(lensQuestion, {
      when: 'after',
      seenThrough: urgentAt,
      mustContain: [lensTicket],
      claims: [{ kind: 'value', ref: lensTicket, pointer: '/priority', equals: 'urgent' }],
      label: 'incomplete',
    }),
    expectation(lensQuestion, {
      when: 'redriven',
      seenThrough: urgentAt,
      mustContain: [lensTicket],
      claims: [
        { kind: 'value', ref: lensTicket, pointer: '/status', equals: 'pending' },
        { kind: 'value', ref: lensTicket, pointer: '/tariffNumber', equals: '9001.50' },
        { kind: 'value', ref: lensTicket, pointer: '/priority', equals: 'urgent' },
      ],
      label: 'fresh',
    }),
  ],
  rejections: [{ topicKind: 'ticket', key: poisonedKey, reason: 'not_json' }],
  repair: { topicKind: 'ticket', key: poisonedKey, value: repairedValue },
};

const boots: TicketText = {
  id: 'T-1005',
  accountId: 'A-1021',
  product: 'returns',
  priority: 'high',
  channel: 'email',
  requester: 'operations desk',
  subject: 'Return labels show the wrong size of box',
  body: 'Return labels for boots are made out for the small box, and Ostermail adds 6.40 to each of them.',
};
const orphanAt = '2026-02-26T09:00:00Z';
const fullStateAt = at('2026-02-26T15:00:00Z');
const bootsQuestion = { tenant, account: 'A-1021', question: 'Which return labels cost too much?' } as const;

export const orphanPatch: Trap = {
  name: 'patch for an unknown ticket',
  story:
    'A patch arrives for a ticket nobody has seen. There is nothing to apply it to, so it is rejected and the key is blocked; six hours later ' +
    'the full state arrives and lifts the block. The patch is not applied afterwards: the full state is the newer one.',
  refs: ['ticket/T-1005'],
  entries: [
    patched(tenant, { id: boots.id, verb: 'escalated', sequence: 2, happened: orphanAt, data: { priority: 'urgent' } }),
    entryOf(
      ticketSubject(tenant, boots.id),
      { verb: 'resynced', sequence: 3, happenedAt: fullStateAt - MINUTE_MS, arrivesAt: fullStateAt },
      { op: 'upsert', data: ticketData(boots, at('2026-02-26T08:40:00Z')) },
    ),
  ],
  expectations: [
    expectation(bootsQuestion, {
      when: 'before',
      seenThrough: at('2026-02-26T12:00:00Z'),
      mustNotContain: ['ticket/T-1005'],
      label: 'incomplete',
    }),
    expectation(bootsQuestion, {
      when: 'after',
      seenThrough: fullStateAt,
      mustContain: ['ticket/T-1005'],
      claims: [{ kind: 'value', ref: 'ticket/T-1005', pointer: '/priority', equals: 'high' }],
      label: 'fresh',
    }),
  ],
  rejections: [{ topicKind: 'ticket', key: 'northquay/T-1005', reason: 'patch_of_unknown_entity' }],
};
