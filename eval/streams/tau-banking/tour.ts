/** A short tour of the bank: two questions whose answers need keyed state and policies together, and a change that outdates the first. */
import { instantText } from '../../../src/domain/time.js';
import type { CloudEventJson } from '../stream.js';
import { entryOf, policyEntityId } from './events.js';
import { BadRowError, readDocuments, readTables, textField } from './source.js';

export interface TourQuestion {
  readonly account: string;
  readonly question: string;
  /** What the question shows, one sentence for the reader of the tour. */
  readonly why: string;
}

const questions: readonly TourQuestion[] = [
  {
    account: 'e3f4a5b6c7',
    question: 'Can my EcoCard account be closed while its replacement card order is still pending?',
    why: 'Five products, an order under way and a request to close a card: the answer is in tickets and in one policy among 698.',
  },
  {
    account: 'e9d195fe8e',
    question: 'Does my on-time payment history count for a credit limit increase request?',
    why: 'Six payments, a card with its balance and limit, and a policy that says how many months of them are enough.',
  },
];

/** Throws BadRowError when the folder does not have the accounts that the questions are about. */
export function tauQuestions(folder: string): readonly TourQuestion[] {
  const users = new Set(
    readTables(folder)
      .get('users')
      ?.map((user) => user.id),
  );
  const absent = questions.find(({ account }) => !users.has(account));
  if (absent !== undefined) throw new BadRowError('users', absent.account, 'the tour asks about it and it is absent');
  return questions;
}

/** Plain retrieval puts it first for the first question. */
const changedDocument = 'doc_credit_cards_credit_card_replacements_005';

const amendment = [
  '## Orders that have shipped',
  'A replacement order that has already shipped no longer holds up a closure. The account may be closed once the customer has',
  'confirmed that the card will be destroyed on arrival; note the confirmation in the case.',
].join('\n');

/**
 * The second version of a document that the first question retrieves, in force from `nowMs` (milliseconds since 1970 UTC): a
 * snapshot made before it is superseded. The first version's text comes from the folder. Two calls give two event ids, so a
 * tour can be repeated on one log.
 */
export function tourPolicyChange(folder: string, nowMs: number): CloudEventJson {
  for (const document of readDocuments(folder)) {
    if (document.id !== changedDocument) continue;
    const id = policyEntityId(document.id, '2');
    const data = {
      id,
      policyId: document.id,
      version: '2',
      title: textField(document, 'title'),
      body: `${textField(document, 'content')}\n\n${amendment}`,
      effectiveFrom: instantText(nowMs),
    };
    const eventId = `documents/${id}/${instantText(nowMs)}`;
    return entryOf({
      atMs: nowMs,
      id: eventId,
      type: 'policy.published',
      kind: 'policy',
      subject: id,
      op: 'upsert',
      data,
    }).event;
  }
  throw new BadRowError('documents', changedDocument, 'the tour changes it and it is absent');
}
