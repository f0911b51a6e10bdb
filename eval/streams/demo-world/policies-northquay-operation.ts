/** Northquay's rules about access and operation. */
import type { PolicyText } from './policy-text.js';

function rateLimits(terms: {
  starter: number;
  business: number;
  enterprise: number;
  burst: string;
  above: string;
}): string {
  return [
    `Requests per minute and account by plan: starter ${terms.starter}, business ${terms.business}, enterprise ${terms.enterprise}. ${terms.burst}`,
    `Above the limit the API answers 429 with a Retry-After header in seconds; a client that ignores it for ten minutes is blocked for an hour. ${terms.above}`,
    'The bulk-api entitlement has its own limit, which is added to that of the plan.',
  ].join(' ');
}

function passwords(terms: { length: number; rule: string; lock: string }): string {
  return [
    `Passwords have at least ${terms.length} characters. ${terms.rule}`,
    `${terms.lock} Support never sets or reads out a password: send the reset link to the address on file and nowhere else.`,
  ].join(' ');
}

function incidents(terms: { first: string; update: string; review: string }): string {
  return [
    `When labels or tracking fail for more than one customer, the status page is updated within ${terms.first} and then every ${terms.update} until it is over.`,
    'Tickets about an open incident get the link to the status page and no guess about causes or times.',
    `${terms.review} Only the incident lead speaks about customer data; support says that it is being examined.`,
  ].join(' ');
}

function dangerousGoods(terms: { cells: string; papers: string; violation: string }): string {
  return [
    `Labels for parcels with lithium cells, aerosols or flammable liquids need the dangerous-goods flag on the shipment. ${terms.cells}`,
    `${terms.papers} ${terms.violation}`,
  ].join(' ');
}

export const northquayOperation: readonly PolicyText[] = [
  {
    policyId: 'api-rate-limits',
    title: 'API rate limits by plan',
    versions: [
      {
        from: '2024-06-01',
        body: rateLimits({
          starter: 30,
          business: 120,
          enterprise: 600,
          burst: 'There is no burst allowance.',
          above: 'Raising a limit takes a plan change.',
        }),
      },
      {
        from: '2025-04-01',
        body: rateLimits({
          starter: 60,
          business: 240,
          enterprise: 1_200,
          burst: 'Twice the limit is allowed for ten seconds.',
          above: 'A limit can be raised for a week around a sale when it is asked for three working days ahead.',
        }),
      },
      {
        from: '2026-02-20',
        publishedAt: '2026-02-12T11:00:00Z',
        body: rateLimits({
          starter: 60,
          business: 300,
          enterprise: 2_000,
          burst: 'Three times the limit is allowed for ten seconds.',
          above: 'A limit can be raised for two weeks around a sale when it is asked for one working day ahead.',
        }),
      },
    ],
  },
  {
    policyId: 'password-rules',
    title: 'Passwords and resets',
    versions: [
      {
        from: '2024-06-01',
        body: passwords({
          length: 8,
          rule: 'They hold a letter and a digit and are changed every 180 days.',
          lock: 'Five wrong attempts lock the user for 15 minutes.',
        }),
      },
      {
        from: '2025-03-15',
        body: passwords({
          length: 12,
          rule: 'They need no special characters and do not expire; known leaked passwords are refused.',
          lock: 'Ten wrong attempts lock the user for 30 minutes.',
        }),
      },
      {
        from: '2026-03-15',
        publishedAt: '2026-02-25T15:20:00Z',
        body: passwords({
          length: 14,
          rule: 'They need no special characters and do not expire; administrators also use a second factor.',
          lock: 'Ten wrong attempts lock the user until an administrator of the account unlocks it.',
        }),
      },
    ],
  },
  {
    policyId: 'sso-rules',
    title: 'Single sign-on',
    appliesTo: { plans: ['business', 'enterprise'] },
    versions: [
      {
        from: '2024-10-01',
        body: 'Single sign-on with SAML 2.0 is part of the enterprise plan and an add-on to the business plan. The domain is verified by a DNS record. When it is switched on, passwords keep working for 30 days; after that only account owners can sign in with one. Support may switch single sign-on off for an account that has locked itself out, after a call back to the number on file.',
      },
      {
        from: '2025-09-15',
        body: 'Single sign-on with SAML 2.0 or OpenID Connect is part of the business and enterprise plans. The domain is verified by a DNS record. When it is switched on, passwords stop working at once except for two break-glass owners. Support may not switch single sign-on off: an account that has locked itself out uses a break-glass owner, or waits for the identity check of one working day.',
      },
    ],
  },
  {
    policyId: 'incident-communication',
    title: 'What we say during an incident',
    versions: [
      {
        from: '2024-06-01',
        body: incidents({
          first: '60 minutes',
          update: 'two hours',
          review: 'A summary follows within ten working days.',
        }),
      },
      {
        from: '2025-01-10',
        body: incidents({
          first: '30 minutes',
          update: 'hour',
          review: 'A written review follows within five working days.',
        }),
      },
      {
        from: '2026-02-11',
        publishedAt: '2026-02-11T07:30:00Z',
        closesPreviousAt: '2026-02-11T07:30:20Z',
        body: incidents({
          first: '15 minutes',
          update: '30 minutes',
          review: 'Enterprise customers get a written review within three working days, all others within five.',
        }),
      },
    ],
  },
  {
    policyId: 'dangerous-goods',
    title: 'Labels for dangerous goods',
    appliesTo: { products: ['labels', 'customs'] },
    versions: [
      {
        from: '2024-08-01',
        body: dangerousGoods({
          cells: 'Lithium cells are accepted when they are built into a device.',
          papers: 'The carrier’s declaration is printed with the label.',
          violation: 'A parcel without the flag that a carrier finds is charged with its surcharge.',
        }),
      },
      {
        from: '2025-08-15',
        body: dangerousGoods({
          cells: 'Lithium cells are accepted when they are built into a device or packed with it, never alone.',
          papers: 'The carrier’s declaration is printed with the label and must be signed on paper.',
          violation:
            'A parcel without the flag that a carrier finds is charged with its surcharge; the third one within a year blocks the flag.',
        }),
      },
      {
        from: '2026-03-01',
        publishedAt: '2026-02-20T12:15:00Z',
        body: dangerousGoods({
          cells:
            'Lithium cells are accepted by road only, built into a device or packed with it; air services refuse them.',
          papers:
            'The carrier’s declaration is sent electronically; paper is needed for destinations outside the customs union.',
          violation:
            'A parcel without the flag that a carrier finds is charged with its surcharge; the second one within a year blocks the flag.',
        }),
      },
    ],
  },
];
