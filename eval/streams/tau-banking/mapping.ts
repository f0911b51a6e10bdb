/**
 * What each table becomes. A row's own fields are kept under `data` beside those that the kind requires, except the card
 * verification value, which is never read. Rows without a date come first, the others at their date.
 *
 * | table | becomes | owner | date |
 * |---|---|---|---|
 * | users | account | itself | none |
 * | documents | policy, version 1 | the tenant | none |
 * | accounts | entitlement, product = level | user_id | date_opened |
 * | credit_card_accounts | entitlement, product = card type | user_id | date_of_account_open |
 * | debit_cards | entitlement up to its expiration date | user_id | issue_date |
 * | bank_account_transaction_history | patch of the bank account's entitlement: recentTransactions | account_id | date |
 * | credit_card_transaction_history | patch of the card's entitlement: recentTransactions | card, else customer | transaction_date |
 * | verification_history | patch of the account: recentVerifications | user_id | time_verified |
 * | transaction_disputes | ticket | user_id | submitted_at |
 * | referrals | ticket | referrer_id | date |
 * | credit_card_applications | ticket | customer_name where one customer bears it | date |
 * | credit_card_orders | ticket | user_id | order_date |
 * | credit_card_closure_reasons | ticket | user_id | logged_at |
 * | payment_history | ticket | user_id | payment_date |
 *
 * An owner who is not in `users`, or a name that is not one customer's, gives the row to the account `unassigned`. A transaction
 * whose bank account or card is unknown patches its customer's account instead. A table that is not listed may be empty (four are);
 * rows in it stop the stream, for a row without a mapping would be lost in silence.
 */
import type { JsonObject } from '../../../src/domain/canonical.js';
import { instantText } from '../../../src/domain/time.js';
import type { Mapped, Mapping } from './mapped.js';
import { dateField, moneyField, optionalText, type SourceRow, textField } from './source.js';
import { ticketMappings } from './tickets.js';
import { type Holding, UNASSIGNED_ACCOUNT, type World } from './world.js';

/** The order of tables decides between rows of one instant: what is patched is opened first. */
export const mappings: ReadonlyMap<string, Mapping> = new Map<string, Mapping>([
  ['users', customer],
  ['accounts', bankAccount],
  ['credit_card_accounts', cardAccount],
  ['debit_cards', debitCard],
  ['bank_account_transaction_history', bankTransaction],
  ['credit_card_transaction_history', cardTransaction],
  ['verification_history', verification],
  ...ticketMappings,
]);

function customer(row: SourceRow): Mapped {
  const data = { ...row.fields, id: row.id, name: textField(row, 'name') };
  return { atMs: null, type: 'account.opened', subject: row.id, change: { op: 'upsert', kind: 'account', data } };
}

/** The account that rows without an owner hang on. */
export const unassignedAccount: Mapped = {
  atMs: null,
  type: 'account.opened',
  subject: UNASSIGNED_ACCOUNT,
  change: { op: 'upsert', kind: 'account', data: { id: UNASSIGNED_ACCOUNT, name: 'Rows whose owner is unknown' } },
};

function bankAccount(row: SourceRow, world: World): Mapped {
  const atMs = dateField(row, 'date_opened');
  return entitlement(row, world, { atMs, product: textField(row, 'level'), type: 'entitlement.opened' });
}

function cardAccount(row: SourceRow, world: World): Mapped {
  const atMs = dateField(row, 'date_of_account_open');
  return entitlement(row, world, { atMs, product: textField(row, 'card_type'), type: 'entitlement.opened' });
}

const DAY_MS = 86_400_000;

function debitCard(row: SourceRow, world: World): Mapped {
  const account = world.holding(textField(row, 'account_id'));
  const product = account === undefined ? 'Debit card' : `Debit card of ${account.product}`;
  // A card is good through its last day, and a window is half-open: it ends where the next day begins.
  const endsAt = instantText(dateField(row, 'expiration_date') + DAY_MS);
  const mapped = { atMs: dateField(row, 'issue_date'), product, type: 'entitlement.issued', endsAt };
  return entitlement(row, world, mapped);
}

interface Grant {
  readonly atMs: number;
  readonly product: string;
  readonly type: string;
  readonly endsAt?: string;
}

function entitlement(row: SourceRow, world: World, grant: Grant): Mapped {
  const { atMs, product, type, endsAt } = grant;
  const data = {
    ...row.fields,
    id: row.id,
    accountId: world.accountOf(textField(row, 'user_id')),
    product,
    startsAt: instantText(atMs),
    ...(endsAt === undefined ? {} : { endsAt }),
  };
  return { atMs, type, subject: row.id, change: { op: 'upsert', kind: 'entitlement', data } };
}

function bankTransaction(row: SourceRow, world: World): Mapped {
  const item = { ...row.fields, amount: moneyField(row, 'amount') };
  const account = world.holding(textField(row, 'account_id'));
  return transaction(account, world.accountOf(optionalText(row, 'user_id') ?? ''), dateField(row, 'date'), item);
}

function cardTransaction(row: SourceRow, world: World): Mapped {
  const item = { ...row.fields, transaction_amount: moneyField(row, 'transaction_amount') };
  const owner = world.accountOf(textField(row, 'user_id'));
  return transaction(world.cardOf(row), owner, dateField(row, 'transaction_date'), item);
}

function transaction(holding: Holding | undefined, owner: string, atMs: number, item: JsonObject): Mapped {
  const kind = holding === undefined ? 'account' : 'entitlement';
  return {
    atMs,
    type: `${kind}.transaction.posted`,
    subject: holding?.id ?? owner,
    change: { op: 'prepend', kind, list: 'recentTransactions', item },
  };
}

function verification(row: SourceRow, world: World): Mapped {
  return {
    atMs: dateField(row, 'time_verified'),
    type: 'account.verified',
    subject: world.accountOf(textField(row, 'user_id')),
    change: { op: 'prepend', kind: 'account', list: 'recentVerifications', item: row.fields },
  };
}
