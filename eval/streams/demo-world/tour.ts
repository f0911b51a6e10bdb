/** A short tour of the world, asked after its last day, at the real present: two questions, and a change that outdates the first answer. */
import type { Ref } from '../../../src/domain/entity.js';
import { instantText } from '../../../src/domain/time.js';
import type { CloudEventJson, EventEntry } from '../stream.js';
import { entryOf, type Tenant } from './emit.js';
import { policiesOf, policyData, policyEntityId } from './policies.js';
import { commentsData, opened, patched } from './ticket-event.js';

export interface DemoQuestion {
  readonly tenant: Tenant;
  readonly account: string;
  readonly question: string;
  /** What the question shows, one sentence for the reader of the tour. */
  readonly why: string;
  /** What a good answer rests on. */
  readonly refs: readonly Ref[];
}

const tenant: Tenant = 'northquay';
const changedPolicyId = 'label-refund';

export const demoQuestions: readonly [DemoQuestion, DemoQuestion] = [
  {
    tenant,
    account: 'A-1003',
    question: 'Until when can the unused shipping labels of the cancelled order be refunded?',
    why: 'The answer needs an open ticket and the version of a policy that is in force; that version is about to change.',
    refs: ['ticket/T-1010', `policy/${changedPolicyId}@2`],
  },
  {
    tenant,
    account: 'A-1005',
    question: 'Is the returns portal still active for us, and how many API requests per minute may we send?',
    why: 'One entitlement was revoked with effect in the past, and one policy came into force on its day without any event.',
    refs: ['ticket/T-1011', 'policy/api-rate-limits@3'],
  },
];

/** The tickets that the questions are about. */
export const tourEntries: readonly EventEntry[] = [
  opened(tenant, '2026-02-26T08:15:00Z', {
    id: 'T-1010',
    accountId: 'A-1003',
    product: 'labels',
    priority: 'high',
    channel: 'portal',
    requester: 'operations desk',
    subject: 'Refund for 140 unused labels of a cancelled order',
    body: 'On 25 February we bought 140 shipping labels with Swiftlark for order NQ-61407. The buyer cancelled the same evening and nothing was handed over. How do we get the postage of €742.00 back, and how long do we have?',
  }),
  patched(tenant, {
    id: 'T-1010',
    verb: 'commented',
    sequence: 2,
    happened: '2026-02-26T10:02:00Z',
    data: {
      comments: commentsData([
        {
          author: 'support',
          at: '2026-02-26T10:02:00.000Z',
          body: 'None of the 140 labels has been scanned so far. We are checking the deadline for you before they are voided together.',
        },
      ]),
    },
  }),
  opened(tenant, '2026-02-27T14:45:00Z', {
    id: 'T-1011',
    accountId: 'A-1005',
    product: 'api',
    priority: 'normal',
    channel: 'email',
    requester: 'technical contact',
    subject: 'Returns portal answers 403, and what is our API limit now?',
    body: 'The returns portal has been answering 403 for some days, while labels work. At the same time we read about new API limits. Which products are active on our account, and how many requests per minute may we send on the business plan?',
  }),
];

/**
 * A third version of the label refund policy, in force from `now` (milliseconds since 1970 UTC): an answer to the first question
 * given before is superseded. Calls at two instants give two events with rising versions, so a tour can be repeated on one log.
 */
export function tourPolicyChange(now: number): CloudEventJson {
  const policy = policiesOf[tenant].find(({ policyId }) => policyId === changedPolicyId);
  if (policy === undefined) throw new Error('the tour changes a policy that is not there');
  const version = policy.versions.length + 1;
  const id = policyEntityId(changedPolicyId, version);
  const data = policyData({
    tenant,
    policy,
    version,
    effectiveFrom: instantText(now),
    effectiveTo: null,
    body: changedBody,
  });
  // The instant serves as number and version: both only have to differ and to rise.
  const occurrence = { verb: 'published', sequence: now, version: String(now), happenedAt: now, arrivesAt: now };
  return entryOf({ tenant, kind: 'policy', id }, occurrence, { op: 'upsert', data }).event;
}

const changedBody = [
  'Postage of a shipping label that was created and never scanned by the carrier can be refunded within 10 days of its creation, less a fee of 0.35 per label.',
  'The customer voids the label under Shipments, then Void; support can void up to 500 labels at once from a list of shipment numbers. The amount is credited to the postage balance within five working days.',
  'Labels duplicated by a fault of ours are refunded without a fee and without a time limit. Labels that were scanned even once, and return labels, are outside this policy.',
].join(' ');
