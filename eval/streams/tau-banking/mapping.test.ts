import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { EventEntry } from '../stream.js';
import { BadRowError, recentRowsMax, tauBankingStream } from '../tau-banking.js';

type Tables = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A bank of our own, small enough to say what must come out. */
function streamOf(tables: Tables): EventEntry[] {
  const folder = mkdtempSync(join(tmpdir(), 'tau-banking-'));
  folders.push(folder);
  mkdirSync(join(folder, 'tau_banking'));
  const db = Object.entries(tables).map(([table, data]) => [table, { data, notes: '' }]);
  writeFileSync(join(folder, 'tau_banking', 'db.json'), JSON.stringify(Object.fromEntries(db)));
  const document = { id: 'doc_1', title: 'Fees', content: 'None.' };
  writeFileSync(join(folder, 'tau_banking', 'documents.jsonl'), `${JSON.stringify(document)}\n`);
  return [...tauBankingStream(folder)];
}

const users = { u1: { user_id: 'u1', name: 'Ada Field' }, u2: { user_id: 'u2', name: 'Ben Moor' } };
const card = { account_id: 'c1', user_id: 'u1', card_type: 'Plain Card', date_of_account_open: '01/02/2024' };
const purchase = {
  transaction_id: 't1',
  user_id: 'u1',
  credit_card_type: 'Plain Card',
  transaction_amount: '$1.00',
  transaction_date: '02/03/2024',
};
const application = {
  card_type: 'Plain Card',
  customer_name: 'Ada Field',
  annual_income: 5,
  status: 'APPROVED',
  date: '02/03/2024',
};

function eventOf(entries: readonly EventEntry[], id: string): EventEntry['event'] {
  const found = entries.find(({ event }) => event.id === id);
  if (found === undefined) throw new Error(`no event ${id}`);
  return found.event;
}

describe('the mapping of rows to owners', () => {
  it('gives an application to the one customer who bears its name', () => {
    const entries = streamOf({ users, credit_card_applications: { a1: application } });
    const { data } = eventOf(entries, 'credit_card_applications/a1');
    expect(data).toMatchObject({
      accountId: 'u1',
      status: 'completed',
      sourceStatus: 'APPROVED',
      annual_income: '5.00',
    });
  });

  it.each([
    ['nobody bears', { u2: users.u2 }],
    ['two customers bear', { ...users, u3: { user_id: 'u3', name: 'Ada Field' } }],
  ])('gives an application whose name %s to the unassigned account', (_what, bearers) => {
    const entries = streamOf({ users: bearers, credit_card_applications: { a1: application } });
    expect(eventOf(entries, 'credit_card_applications/a1').data).toMatchObject({ accountId: 'unassigned' });
    expect(eventOf(entries, 'stated/unassigned').data).toMatchObject({ id: 'unassigned' });
  });

  it('opens the unassigned account only when a row needs it', () => {
    expect(streamOf({ users }).map(({ event }) => event.id)).toEqual(['users/u1', 'users/u2', 'documents/doc_1']);
  });

  it('gives what belongs to a customer who is not listed to the unassigned account', () => {
    const entries = streamOf({ users: {}, credit_card_accounts: { c1: card } });
    expect(eventOf(entries, 'credit_card_accounts/c1').data).toMatchObject({ accountId: 'unassigned' });
  });

  it('puts a transaction on its card, found by customer and type', () => {
    const tables = { users, credit_card_accounts: { c1: card }, credit_card_transaction_history: { t1: purchase } };
    const event = eventOf(streamOf(tables), 'credit_card_transaction_history/t1');
    expect(event).toMatchObject({ subject: 'c1', op: 'patch', data: { recentTransactions: [purchase] } });
  });

  it('puts a transaction of an unknown card on its customer', () => {
    const event = eventOf(
      streamOf({ users, credit_card_transaction_history: { t1: purchase } }),
      'credit_card_transaction_history/t1',
    );
    expect(event).toMatchObject({
      type: 'account.transaction.posted',
      subject: 'u1',
      data: { recentTransactions: [purchase] },
    });
  });
});

describe('the recent list of a card', () => {
  it('is replaced as a whole, newest first, and drops the oldest past its bound', () => {
    const days = Array.from({ length: recentRowsMax + 2 }, (_, index) => String(index + 1).padStart(2, '0'));
    const purchases = days.map((day) => [
      `t${day}`,
      { ...purchase, transaction_id: `t${day}`, transaction_date: `03/${day}/2024` },
    ]);
    const tables = {
      users,
      credit_card_accounts: { c1: card },
      credit_card_transaction_history: Object.fromEntries(purchases),
    };
    const last = streamOf(tables).at(-1)?.event.data as { recentTransactions: { transaction_id: string }[] };
    const newest = days.slice(-recentRowsMax).toReversed();
    expect(last.recentTransactions.map((row) => row.transaction_id)).toEqual(newest.map((day) => `t${day}`));
  });
});

describe('a debit card', () => {
  it('is an entitlement through the last day printed on it, without its verification value', () => {
    const debit = {
      account_id: 'b9',
      user_id: 'u1',
      issue_date: '01/05/2024',
      expiration_date: '01/31/2026',
      cvv: '123',
    };
    const { data } = eventOf(streamOf({ users, debit_cards: { d1: debit } }), 'debit_cards/d1');
    expect(data).toMatchObject({
      product: 'Debit card',
      startsAt: '2024-01-05T00:00:00.000Z',
      endsAt: '2026-02-01T00:00:00.000Z',
    });
    expect(data).not.toHaveProperty('cvv');
  });
});

describe('a bad row', () => {
  const bank = { account_id: 'b1', user_id: 'u1', level: 'Plain Account', date_opened: '01/02/2024' };
  const posting = { account_id: 'b1', date: '02/03/2024', amount: -50, description: 'Rent' };

  it.each<[string, Tables, string, string]>([
    [
      'a date that does not exist',
      { users, accounts: { b1: { ...bank, date_opened: '02/30/2024' } } },
      'accounts',
      'b1',
    ],
    [
      'a date before the stated start',
      { users, accounts: { b1: { ...bank, date_opened: '01/02/1999' } } },
      'accounts',
      'b1',
    ],
    ['a missing field', { users: { u1: { user_id: 'u1' } } }, 'users', 'u1'],
    ['a row that is no object', { users: { u1: 'Ada' as unknown as JsonObject } }, 'users', 'u1'],
    ['a table without a mapping', { users, loans: { l1: { user_id: 'u1' } } }, 'loans', 'l1'],
    [
      'a fraction of a cent',
      { users, accounts: { b1: bank }, bank_account_transaction_history: { p1: { ...posting, amount: 0.125 } } },
      'bank_account_transaction_history',
      'p1',
    ],
    [
      'a transaction before its account was opened',
      { users, accounts: { b1: bank }, bank_account_transaction_history: { p1: { ...posting, date: '01/01/2024' } } },
      'bank_account_transaction_history',
      'p1',
    ],
    [
      'an id that is taken',
      { users, accounts: { c1: bank }, credit_card_accounts: { c1: card } },
      'credit_card_accounts',
      'c1',
    ],
  ])('with %s stops the stream and is named by table and id', (_what, tables, table, row) => {
    expect(() => streamOf(tables)).toThrow(BadRowError);
    expect(() => streamOf(tables)).toThrow(`table ${table}, row ${row}:`);
  });

  it('is not what a whole amount makes: it becomes text with two decimals', () => {
    const tables = { users, accounts: { b1: bank }, bank_account_transaction_history: { p1: posting } };
    const { data } = eventOf(streamOf(tables), 'bank_account_transaction_history/p1');
    expect(data).toEqual({ recentTransactions: [{ ...posting, amount: '-50.00' }] });
  });
});
