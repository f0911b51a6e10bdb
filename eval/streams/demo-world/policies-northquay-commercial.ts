/** Northquay's rules about money and service: refunds, credits, support, discounts. */
import type { PolicyText } from './policy-text.js';

function subscriptionRefund(terms: { plan: string; days: number; notice: string; after: string }): string {
  return [
    `A customer on the ${terms.plan} plan may ask for a refund of the current subscription period within ${terms.days} days of the invoice date.`,
    `The request must come from the billing contact and name the invoice number. ${terms.notice}`,
    `After ${terms.days} days ${terms.after} Usage above the plan's quota is never refunded under this policy.`,
  ].join(' ');
}

function labelRefund(terms: { days: number; deadline: string; exception: string }): string {
  return [
    `Postage of a shipping label that was created and never scanned by the carrier can be refunded within ${terms.days} days of its creation.`,
    `The customer voids the label under Shipments, then Void; support can void up to 200 labels at once from a list of shipment numbers. ${terms.deadline}`,
    `${terms.exception} Labels that were scanned even once, and return labels, are outside this policy.`,
  ].join(' ');
}

function slaCredit(terms: { target: string; steps: string; claimDays: number }): string {
  return [
    `Northquay commits to ${terms.target} monthly availability of the label and tracking services. Announced maintenance does not count as downtime.`,
    `Below the target the customer is owed a service credit on the monthly fee: ${terms.steps}.`,
    `Credits are claimed in a ticket within ${terms.claimDays} days of the end of the month, with the affected hours. They are set against the next invoice and never paid out.`,
  ].join(' ');
}

function supportHours(terms: { starter: string; business: string; enterprise: string; channel: string }): string {
  return [
    `First response targets by plan: starter ${terms.starter}; business ${terms.business}; enterprise ${terms.enterprise}.`,
    `Urgent means that no labels can be printed or that data is wrong for more than one customer; anything else is high at most. ${terms.channel}`,
  ].join(' ');
}

function discountApproval(terms: { agent: number; lead: number; rule: string }): string {
  return [
    `A support agent may grant up to ${terms.agent} % off one invoice to make up for a fault of ours. A team lead may grant up to ${terms.lead} %.`,
    `Anything higher, and any discount that repeats, needs the approval of the commercial desk in writing before it is mentioned to the customer. ${terms.rule}`,
    'A discount is not a service credit: do not promise both for the same fault.',
  ].join(' ');
}

export const northquayCommercial: readonly PolicyText[] = [
  {
    policyId: 'refund-window-starter',
    title: 'Subscription refunds on the starter plan',
    appliesTo: { plans: ['starter'] },
    versions: [
      {
        from: '2024-11-01',
        body: subscriptionRefund({
          plan: 'starter',
          days: 14,
          notice: 'The refund goes back to the card that paid.',
          after: 'the subscription runs to the end of its period and can be cancelled for the next one.',
        }),
      },
      {
        from: '2025-10-01',
        body: subscriptionRefund({
          plan: 'starter',
          days: 7,
          notice: 'The refund goes back to the card that paid, within five working days.',
          after: 'the subscription runs to the end of its period and can be cancelled for the next one.',
        }),
      },
    ],
  },
  {
    policyId: 'refund-window-business',
    title: 'Subscription refunds on the business plan',
    appliesTo: { plans: ['business'] },
    versions: [
      {
        from: '2025-03-01',
        body: subscriptionRefund({
          plan: 'business',
          days: 30,
          notice: 'Card payments go back to the card, transfers to the paying account.',
          after: 'unused whole months of a yearly subscription may be credited to the next invoice.',
        }),
      },
      {
        from: '2026-02-10',
        publishedAt: '2026-02-10T00:00:00Z',
        body: subscriptionRefund({
          plan: 'business',
          days: 14,
          notice: 'Card payments go back to the card, transfers to the paying account.',
          after: 'no refund or credit is given; the subscription can be cancelled for the next period.',
        }),
      },
    ],
  },
  {
    policyId: 'refund-window-enterprise',
    title: 'Subscription refunds on the enterprise plan',
    appliesTo: { plans: ['enterprise'] },
    versions: [
      {
        from: '2024-11-01',
        body: subscriptionRefund({
          plan: 'enterprise',
          days: 30,
          notice: 'The contract manager must be copied.',
          after: 'the order form decides; pass the request on to the contract manager.',
        }),
      },
      {
        from: '2025-12-01',
        body: subscriptionRefund({
          plan: 'enterprise',
          days: 45,
          notice: 'The contract manager must be copied.',
          after: 'the order form decides; pass the request on to the contract manager.',
        }),
      },
    ],
  },
  {
    policyId: 'label-refund',
    title: 'Refunds for unused shipping labels',
    versions: [
      {
        from: '2024-06-01',
        body: labelRefund({
          days: 14,
          deadline: 'The amount appears as a credit on the next invoice.',
          exception: 'Customs documents printed with the label are not charged and need no refund.',
        }),
      },
      {
        from: '2025-09-01',
        body: labelRefund({
          days: 28,
          deadline: 'The amount is credited to the postage balance within 10 working days, once the carrier confirms.',
          exception: 'Labels duplicated by a fault of ours are refunded without a time limit.',
        }),
      },
    ],
  },
  {
    policyId: 'sla-credit',
    title: 'Service credits for missed availability',
    appliesTo: { plans: ['business', 'enterprise'] },
    versions: [
      {
        from: '2024-06-01',
        body: slaCredit({ target: '99.5 %', steps: '5 % below 99.5 %, 10 % below 99.0 %', claimDays: 30 }),
      },
      {
        from: '2025-07-01',
        body: slaCredit({
          target: '99.9 %',
          steps: '10 % below 99.9 %, 25 % below 99.0 %, 50 % below 95.0 %',
          claimDays: 30,
        }),
      },
      {
        from: '2026-02-16',
        publishedAt: '2026-02-06T10:30:00Z',
        closesPreviousAt: '2026-02-06T10:31:00Z',
        body: slaCredit({
          target: '99.9 %',
          steps: '10 % below 99.9 %, 30 % below 99.0 %, 100 % below 95.0 %',
          claimDays: 60,
        }),
      },
    ],
  },
  {
    policyId: 'support-hours',
    title: 'Support hours and first response',
    versions: [
      {
        from: '2024-06-01',
        body: supportHours({
          starter: 'two working days',
          business: 'eight working hours',
          enterprise: 'one hour, day and night',
          channel: 'Telephone support is for enterprise customers.',
        }),
      },
      {
        from: '2025-05-01',
        body: supportHours({
          starter: 'one working day',
          business: 'four working hours',
          enterprise: '30 minutes, day and night',
          channel: 'Telephone support is for enterprise customers; business customers may ask for a call back.',
        }),
      },
      {
        from: '2026-04-01',
        publishedAt: '2026-02-24T13:00:00Z',
        body: supportHours({
          starter: 'one working day',
          business: 'two working hours',
          enterprise: '15 minutes, day and night',
          channel: 'Telephone support is for business and enterprise customers.',
        }),
      },
    ],
  },
  {
    policyId: 'discount-approval',
    title: 'Who may approve a discount',
    versions: [
      {
        from: '2024-06-01',
        body: discountApproval({ agent: 10, lead: 25, rule: 'Write the reason into the ticket.' }),
      },
      {
        from: '2025-08-01',
        closesPreviousAt: '2026-02-02T08:05:00Z',
        body: discountApproval({
          agent: 5,
          lead: 20,
          rule: 'Write the reason and the amount into the ticket before it is granted.',
        }),
      },
      {
        from: '2026-02-19',
        publishedAt: '2026-02-18T16:45:00Z',
        body: discountApproval({
          agent: 5,
          lead: 15,
          rule: 'One discount per customer and quarter; a second one goes to the commercial desk.',
        }),
      },
    ],
  },
];
