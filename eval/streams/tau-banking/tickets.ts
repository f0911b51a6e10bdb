/** Tables that become tickets: what a customer asked for or reported. */
import { instantText } from '../../../src/domain/time.js';
import type { Mapped, Mapping } from './mapped.js';
import { dateField, moneyField, type SourceRow, textField } from './source.js';
import type { World } from './world.js';

export const ticketMappings: readonly (readonly [table: string, mapping: Mapping])[] = [
  ['transaction_disputes', dispute],
  ['referrals', referral],
  ['credit_card_applications', application],
  ['credit_card_orders', replacement],
  ['credit_card_closure_reasons', closure],
  ['payment_history', payment],
];

interface TicketText {
  readonly accountId: string;
  readonly atMs: number;
  readonly subject: string;
  readonly body: string;
  /** The bank's word for where the matter stands. */
  readonly standing: string;
}

/** The bank's words for a matter that is over; all others stay as they are. The bank's own word is kept as `sourceStatus`. */
const settledStandings: ReadonlySet<string> = new Set(['APPROVED', 'COMPLETE', 'ON_TIME']);

function ticket(row: SourceRow, text: TicketText): Mapped {
  const data = {
    ...row.fields,
    id: row.id,
    accountId: text.accountId,
    subject: text.subject,
    body: text.body,
    status: settledStandings.has(text.standing) ? 'completed' : text.standing.toLowerCase(),
    sourceStatus: text.standing,
    updatedAt: instantText(text.atMs),
  };
  return { atMs: text.atMs, type: 'ticket.opened', subject: row.id, change: { op: 'upsert', kind: 'ticket', data } };
}

/** `duplicate_charge` as words, so that a question about a duplicate charge finds it. */
function words(row: SourceRow, field: string): string {
  return textField(row, field).replaceAll('_', ' ');
}

function cardName(row: SourceRow, world: World): string {
  const id = textField(row, 'credit_card_account_id');
  return world.holding(id)?.product ?? id;
}

function dispute(row: SourceRow, world: World): Mapped {
  return ticket(row, {
    accountId: world.accountOf(textField(row, 'user_id')),
    atMs: dateField(row, 'submitted_at'),
    subject: `Dispute of a transaction: ${words(row, 'dispute_reason')}`,
    body: `The customer disputes transaction ${textField(row, 'transaction_id')} and wants: ${words(row, 'resolution_requested')}.`,
    standing: textField(row, 'status'),
  });
}

function referral(row: SourceRow, world: World): Mapped {
  return ticket(row, {
    accountId: world.accountOf(textField(row, 'referrer_id')),
    atMs: dateField(row, 'date'),
    subject: `Referral for ${textField(row, 'referred_account_type')}`,
    body: `Status of the referral: ${words(row, 'referral_status')}.`,
    standing: textField(row, 'referral_status'),
  });
}

function application(row: SourceRow, world: World): Mapped {
  const fields = { ...row.fields, annual_income: moneyField(row, 'annual_income') };
  return ticket(
    { ...row, fields },
    {
      accountId: world.accountOfName(textField(row, 'customer_name')),
      atMs: dateField(row, 'date'),
      subject: `Application for ${textField(row, 'card_type')}`,
      body: `Status of the application: ${words(row, 'status')}.`,
      standing: textField(row, 'status'),
    },
  );
}

function replacement(row: SourceRow, world: World): Mapped {
  const card = cardName(row, world);
  return ticket(row, {
    accountId: world.accountOf(textField(row, 'user_id')),
    atMs: dateField(row, 'order_date'),
    subject: `Replacement card ordered: ${card}`,
    body: `The ${card} was ${words(row, 'reason')}; delivery is expected on ${textField(row, 'expected_delivery')}.`,
    standing: textField(row, 'status'),
  });
}

function closure(row: SourceRow, world: World): Mapped {
  const card = cardName(row, world);
  return ticket(row, {
    accountId: world.accountOf(textField(row, 'user_id')),
    atMs: dateField(row, 'logged_at'),
    subject: `Request to close a credit card: ${card}`,
    body: `Reason given for closing the ${card}: ${words(row, 'closure_reason')}.`,
    standing: textField(row, 'status'),
  });
}

function payment(row: SourceRow, world: World): Mapped {
  const card = cardName(row, world);
  const amount = moneyField(row, 'amount');
  return ticket(row, {
    accountId: world.accountOf(textField(row, 'user_id')),
    atMs: dateField(row, 'payment_date'),
    subject: `Payment of ${amount} for ${card}`,
    body: `Standing of the payment: ${words(row, 'status')}.`,
    standing: textField(row, 'status'),
  });
}
