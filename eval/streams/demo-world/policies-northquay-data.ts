/** Northquay's rules about data: where it is kept, how it leaves, when it goes. */
import type { PolicyText } from './policy-text.js';

function residency(terms: { place: string; data: string; support: string; move: string }): string {
  return [
    `Shipment and recipient data of accounts in this region is stored and backed up in ${terms.place}. ${terms.data}`,
    `${terms.support} ${terms.move}`,
  ].join(' ');
}

function dataExport(terms: { self: string; large: string; days: number }): string {
  return [
    `Customers export their own shipments and invoices under Settings, then Data, as CSV or JSON, ${terms.self}. ${terms.large}`,
    `A prepared file can be downloaded for ${terms.days} days by the user who asked for it; it is never sent by e-mail. Recipient addresses leave the export when they are older than two years.`,
  ].join(' ');
}

export const northquayData: readonly PolicyText[] = [
  {
    policyId: 'data-residency-eu',
    title: 'Where data of European accounts is kept',
    appliesTo: { regions: ['eu', 'uk'] },
    versions: [
      {
        from: '2024-06-01',
        body: residency({
          place: 'Ireland',
          data: 'Log files without personal data may be kept elsewhere.',
          support: 'Support staff outside the region may see a record for as long as a ticket about it is open.',
          move: 'An account can change its region once a year; the move takes up to 30 days.',
        }),
      },
      {
        from: '2025-06-15',
        body: residency({
          place: 'Ireland and Germany',
          data: 'Log files are kept in the region as well.',
          support:
            'Support staff outside the region see masked recipients; unmasking needs the consent of the customer in the ticket.',
          move: 'An account can change its region once a year; the move takes up to 14 days.',
        }),
      },
      {
        from: '2026-02-24',
        publishedAt: '2026-02-13T09:00:00Z',
        body: residency({
          place: 'Ireland and Germany',
          data: 'Log files, search indexes and model prompts are kept in the region as well.',
          support: 'Support staff outside the region see masked recipients and cannot unmask them.',
          move: 'An account can change its region twice a year; the move takes up to 14 days.',
        }),
      },
    ],
  },
  {
    policyId: 'data-residency-us',
    title: 'Where data of accounts in the United States is kept',
    appliesTo: { regions: ['us'] },
    versions: [
      {
        from: '2024-06-01',
        body: residency({
          place: 'Virginia',
          data: 'Log files without personal data may be kept elsewhere.',
          support: 'Support staff of every region may work on these accounts.',
          move: 'An account can change its region once a year; the move takes up to 30 days.',
        }),
      },
      {
        from: '2025-11-01',
        body: residency({
          place: 'Virginia and Oregon',
          data: 'Log files without personal data may be kept elsewhere.',
          support: 'Support staff of every region may work on these accounts.',
          move: 'An account can change its region once a year; the move takes up to 14 days.',
        }),
      },
    ],
  },
  {
    policyId: 'data-residency-apac',
    title: 'Where data of accounts in Asia and the Pacific is kept',
    appliesTo: { regions: ['apac'] },
    versions: [
      {
        from: '2024-09-01',
        body: residency({
          place: 'Singapore',
          data: 'Backups are also kept in Ireland.',
          support: 'Support staff of every region may work on these accounts.',
          move: 'An account can change its region once a year; the move takes up to 30 days.',
        }),
      },
      {
        from: '2026-02-05',
        publishedAt: '2026-02-03T04:00:00Z',
        closesPreviousAt: '2026-02-05T04:10:00Z',
        body: residency({
          place: 'Singapore and Sydney',
          data: 'Backups no longer leave the region.',
          support: 'Support staff of every region may work on these accounts.',
          move: 'An account can change its region once a year; the move takes up to 30 days.',
        }),
      },
    ],
  },
  {
    policyId: 'data-export',
    title: 'Exports of customer data',
    versions: [
      {
        from: '2024-06-01',
        body: dataExport({ self: 'once a day', large: 'More than 100,000 rows need a ticket.', days: 3 }),
      },
      {
        from: '2025-02-01',
        body: dataExport({
          self: 'as often as they like',
          days: 7,
          large: 'More than a million rows are prepared over night and announced in the application.',
        }),
      },
      {
        from: '2026-02-17',
        publishedAt: '2026-02-17T06:00:00Z',
        body: dataExport({
          self: 'as often as they like',
          days: 14,
          large: 'More than five million rows are prepared over night and announced in the application.',
        }),
      },
    ],
  },
  {
    policyId: 'retention-deletion',
    title: 'Retention and deletion',
    versions: [
      {
        from: '2024-06-01',
        body: 'When an account is closed, its shipments are kept for 90 days so that late deliveries and claims can be settled, and are then deleted. Invoices are kept for as long as tax law asks. A recipient who asks for erasure is answered within 30 days; the shipment stays, with name, street and telephone number removed.',
      },
      {
        from: '2025-11-15',
        body: 'When an account is closed, its shipments are kept for 60 days so that late deliveries and claims can be settled, and are then deleted, backups within another 35 days. Invoices are kept for as long as tax law asks. A recipient who asks for erasure is answered within 14 days; the shipment stays, with name, street, telephone number and e-mail address removed.',
      },
    ],
  },
];
