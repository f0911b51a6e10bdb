/** The ordinary tickets: who writes when about what, and how it goes on. */
import { instantText } from '../../../src/domain/time.js';
import type { Random } from '../../random.js';
import type { EventEntry } from '../stream.js';
import { type AccountRow, accountsOf } from './accounts.js';
import { DAY_MS, MINUTE_MS, SECOND_MS, WORLD_DAYS, worldEndsAt, worldStartsAt } from './calendar.js';
import { entryOf, type Tenant } from './emit.js';
import { randomFor } from './random.js';
import { type Comment, commentsData, type TicketText, ticketData, ticketSubject } from './ticket-event.js';
import { slotsFor } from './ticket-slots.js';
import { type Step, stepsOf } from './ticket-steps.js';
import { fill, type Sentences, type Slots, type TicketCase, type TicketTopic } from './ticket-topic.js';
import { commercialTopics } from './topics-commercial.js';
import { northquayTopics } from './topics-northquay.js';
import { pinbellTopics } from './topics-pinbell.js';
import { technicalTopics } from './topics-technical.js';

/** Beside these the traps and the tour bring twelve of their own; 300 in all. */
const generatedCount: Readonly<Record<Tenant, number>> = { northquay: 233, pinbell: 55 };

/** Hand-written tickets have the numbers below. */
const FIRST_NUMBER = 1101;

/** A vendor hears more about its own trade than about invoices: its own topics count twice. */
const topicsOf: Readonly<Record<Tenant, readonly [TicketTopic, ...TicketTopic[]]>> = {
  northquay: [...northquayTopics, ...northquayTopics, ...commercialTopics, ...technicalTopics],
  pinbell: [...pinbellTopics, ...pinbellTopics, ...commercialTopics, ...technicalTopics],
};

const requesters: Readonly<Record<Tenant, Sentences>> = {
  northquay: ['billing contact', 'technical contact', 'warehouse desk', 'operations desk'],
  pinbell: ['billing contact', 'office manager', 'owner'],
};

const endings: Sentences = [
  '',
  '',
  'Thank you.',
  'Please advise.',
  'We need this before the end of the week.',
  'Kind regards',
];

export function ticketEntries(tenant: Tenant): EventEntry[] {
  const random = randomFor(`tickets/${tenant}`);
  const openings = Array.from({ length: generatedCount[tenant] }, () => openingAt(random)).sort((a, b) => a - b);
  return openings.flatMap((openedAt, index) => historyOf(tenant, `T-${FIRST_NUMBER + index}`, openedAt));
}

/** Office hours, and few on weekends. */
function openingAt(random: Random): number {
  const day = random.between(0, WORLD_DAYS - 1);
  const weekday = new Date(worldStartsAt + day * DAY_MS).getUTCDay();
  const moved = (weekday === 0 || weekday === 6) && random.chance(0.75) ? (day + 2) % WORLD_DAYS : day;
  return worldStartsAt + moved * DAY_MS + random.between(6 * 3_600, 20 * 3_600) * SECOND_MS;
}

function historyOf(tenant: Tenant, id: string, openedAt: number): EventEntry[] {
  const random = randomFor(`ticket/${tenant}/${id}`);
  const topic = random.pick(topicsOf[tenant]);
  const course = random.pick(topic.cases);
  const account = customerAt(tenant, openedAt, random);
  const slots = slotsFor(account, openedAt, random);
  const data = ticketData(openingText({ id, account, topic, course, slots }, random), openedAt);
  const subject = ticketSubject(tenant, id);
  const first = { verb: 'opened', sequence: 1, happenedAt: openedAt, arrivesAt: openedAt + delay(random) };
  const entries = [entryOf(subject, first, { op: 'upsert', data })];
  let happenedAt = openedAt;
  const comments: Comment[] = [];
  for (const step of stepsOf(course, random)) {
    happenedAt += step.afterMs;
    const arrivesAt = happenedAt + delay(random);
    if (arrivesAt >= worldEndsAt) break;
    if (step.comment !== undefined) comments.push(commentOf(step.comment, happenedAt, slots));
    const occurrence = { verb: step.verb, sequence: entries.length + 1, happenedAt, arrivesAt };
    const commented = step.comment === undefined ? {} : { comments: commentsData(comments) };
    const patch = { ...step.patch, ...commented, updatedAt: instantText(happenedAt) };
    entries.push(entryOf(subject, occurrence, { op: 'patch', data: patch }));
  }
  return entries;
}

/** Less than the shortest pause between two steps, so the steps of a ticket arrive in their order. */
function delay(random: Random): number {
  return random.between(1, 90) * SECOND_MS;
}

function customerAt(tenant: Tenant, openedAt: number, random: Random): AccountRow {
  const [first, ...others] = accountsOf(tenant).filter(({ signedUpAt = 0 }) => signedUpAt + MINUTE_MS < openedAt);
  if (first === undefined) throw new Error('a tenant without customers has no tickets');
  return random.pick([first, ...others]);
}

interface Opening {
  readonly id: string;
  readonly account: AccountRow;
  readonly topic: TicketTopic;
  readonly course: TicketCase;
  readonly slots: Slots;
}

function openingText({ id, account, topic, course, slots }: Opening, random: Random): TicketText {
  return {
    id,
    accountId: account.id,
    product: topic.product,
    priority: random.pick(topic.priorities),
    channel: random.pick(['email', 'email', 'portal', 'chat']),
    requester: random.pick(requesters[account.tenant]),
    subject: fill(course.subject, slots),
    body: `${fill(course.body, slots)} ${random.pick(endings)}`.trimEnd(),
  };
}

function commentOf(comment: NonNullable<Step['comment']>, happenedAt: number, slots: Slots): Comment {
  return { author: comment.author, at: instantText(happenedAt), body: fill(comment.sentence, slots) };
}
