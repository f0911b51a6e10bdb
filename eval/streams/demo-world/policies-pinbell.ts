/** Pinbell's rules. Seven of its eight policy ids are also Northquay's, with other content: a mix-up of tenants would show. */
import type { PolicyText } from './policy-text.js';

export const pinbellPolicies: readonly PolicyText[] = [
  {
    policyId: 'refund-window',
    title: 'Subscription refunds',
    versions: [
      {
        from: '2025-01-01',
        body: 'A subscription is refunded in full within 60 days of the first payment, once per firm. Later payments are refunded within 10 days when the calendar was not used after the payment. Message packs for reminders are not refunded once the first message of a pack has been sent.',
      },
      {
        from: '2025-10-15',
        body: 'A subscription is refunded in full within 45 days of the first payment, once per firm. Later payments are refunded within 10 days when the calendar was not used after the payment. Unused messages of a reminder pack are refunded at the price paid, less 10 %.',
      },
      {
        from: '2026-02-23',
        publishedAt: '2026-02-16T18:00:00Z',
        body: 'A subscription is refunded in full within 21 days of the first payment, once per firm. Later payments are refunded within 7 days when the calendar was not used after the payment. Unused messages of a reminder pack are refunded at the price paid, less 10 %, for six months.',
      },
    ],
  },
  {
    policyId: 'sla-credit',
    title: 'When bookings were down',
    appliesTo: { plans: ['team'] },
    versions: [
      {
        from: '2025-01-01',
        body: 'Pinbell makes no promise of availability in per cent. A firm on the team plan whose booking page was down for more than two hours in one day gets that day back as a free day at the end of its period. It is enough to ask in the chat within a week.',
      },
      {
        from: '2026-02-12',
        publishedAt: '2026-02-12T08:00:00Z',
        body: 'Pinbell makes no promise of availability in per cent. A firm on the team plan whose booking page was down for more than one hour in one day gets three free days at the end of its period. It is enough to ask in the chat within two weeks.',
      },
    ],
  },
  {
    policyId: 'password-rules',
    title: 'Sign-in codes and passwords',
    versions: [
      {
        from: '2025-01-01',
        body: 'Office users sign in with a password of at least 10 characters. Technicians sign in to the field app with a six-digit code that the office can renew. A lost phone is signed out under Team, then Devices. Support resets the office password by e-mail only.',
      },
      {
        from: '2025-12-01',
        body: 'Office users sign in with a link sent by e-mail, or a password of at least 10 characters. Technicians sign in to the field app with a six-digit code that expires after 30 days. A lost phone is signed out under Team, then Devices. Support resets the office password by e-mail only.',
      },
    ],
  },
  {
    policyId: 'data-residency-eu',
    title: 'Where our data is',
    versions: [
      {
        from: '2025-01-01',
        body: 'All firms share one region: the servers are in the Netherlands. Text messages pass through the provider of the recipient’s country. There is no choice of region.',
      },
      {
        from: '2025-11-01',
        body: 'All firms share one region: the servers are in the Netherlands, backups in Finland. Text messages pass through the provider of the recipient’s country. There is no choice of region.',
      },
    ],
  },
  {
    policyId: 'api-rate-limits',
    title: 'Limits of the calendar feed',
    versions: [
      {
        from: '2025-01-01',
        body: 'The calendar feed can be read once every 15 minutes per calendar, and the invoice API ten times a minute. A feed that is read more often answers with the last content. There is no paid way to raise the limits.',
      },
      {
        from: '2026-02-19',
        publishedAt: '2026-02-15T09:00:00Z',
        closesPreviousAt: '2026-02-15T09:00:10Z',
        body: 'The calendar feed can be read once every five minutes per calendar, and the invoice API 20 times a minute. A feed that is read more often answers with the last content. Firms with more than ten calendars can ask for 40 times a minute.',
      },
    ],
  },
  {
    policyId: 'data-export',
    title: 'Taking your data with you',
    versions: [
      {
        from: '2025-01-01',
        body: 'Customers, jobs and invoices can be exported as a spreadsheet by the owner of the firm. Photos of jobs are exported on request, once a quarter, on a link that works for 48 hours.',
      },
      {
        from: '2026-01-10',
        body: 'Customers, jobs and invoices can be exported as a spreadsheet by the owner of the firm and by the bookkeeper role. Photos of jobs are exported with them, on a link that works for 48 hours.',
      },
    ],
  },
  {
    policyId: 'discount-approval',
    title: 'Discounts',
    versions: [
      {
        from: '2025-01-01',
        body: 'Support may give one month free to a firm that was hit by a fault, without asking. Charities and training workshops get 30 % off for good; the proof is kept with the account. No other discounts exist.',
      },
      {
        from: '2025-09-01',
        body: 'Support may give two weeks free to a firm that was hit by a fault, without asking. Charities and training workshops get 40 % off for good; the proof is kept with the account. No other discounts exist.',
      },
    ],
  },
  {
    policyId: 'incident-communication',
    title: 'Telling firms about trouble',
    versions: [
      {
        from: '2025-01-01',
        body: 'A banner in the office view tells about trouble within an hour. Firms with jobs in the next two hours get a text message when the field app does not load. When it is over, the banner says what happened, in two sentences.',
      },
      {
        from: '2026-05-01',
        publishedAt: '2026-02-27T14:10:00Z',
        body: 'A banner in the office view and in the field app tells about trouble within 20 minutes. Firms with jobs in the next four hours get a text message when the field app does not load. When it is over, the banner says what happened, in two sentences.',
      },
    ],
  },
];
