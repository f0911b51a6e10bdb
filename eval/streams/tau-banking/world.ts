/** Who owns what: an index over the tables that hold customers and products, built once before any row is mapped. */
import { optionalText, type SourceRow, textField } from './source.js';

/**
 * The account that rows go to when nobody can be named as their owner: a row is never dropped and never guessed onto a customer.
 * It is opened only when some row needs it; in the published data none does.
 */
export const UNASSIGNED_ACCOUNT = 'unassigned';

/** What a transaction, an order or a payment belongs to. */
export interface Holding {
  readonly id: string;
  readonly product: string;
  /** The customer as the row names it, whether or not such a customer exists. */
  readonly customer: string;
}

export class World {
  private readonly customers: ReadonlySet<string>;
  private readonly customersByName = new Map<string, string[]>();
  private readonly holdings = new Map<string, Holding>();
  private readonly cardsByType = new Map<string, Holding[]>();

  constructor(tables: ReadonlyMap<string, readonly SourceRow[]>) {
    const users = tables.get('users') ?? [];
    this.customers = new Set(users.map((user) => user.id));
    for (const user of users) append(this.customersByName, textField(user, 'name'), user.id);
    for (const row of tables.get('accounts') ?? []) this.addHolding(row, 'level');
    for (const row of tables.get('credit_card_accounts') ?? []) {
      const holding = this.addHolding(row, 'card_type');
      append(this.cardsByType, cardKey(holding.customer, holding.product), holding);
    }
  }

  private addHolding(row: SourceRow, productField: string): Holding {
    const holding = { id: row.id, product: textField(row, productField), customer: textField(row, 'user_id') };
    this.holdings.set(row.id, holding);
    return holding;
  }

  /** The account of a customer; the unassigned one for a customer who is not in the table of users. */
  accountOf(customer: string): string {
    return this.customers.has(customer) ? customer : UNASSIGNED_ACCOUNT;
  }

  /** Only a name that one customer alone bears is taken for that customer. */
  accountOfName(name: string): string {
    const bearers = this.customersByName.get(name) ?? [];
    return bearers.length === 1 ? (bearers[0] ?? UNASSIGNED_ACCOUNT) : UNASSIGNED_ACCOUNT;
  }

  holding(id: string): Holding | undefined {
    return this.holdings.get(id);
  }

  /** The card of a transaction: by its account id where the row has one, else by customer and type where that names one card. */
  cardOf(transaction: SourceRow): Holding | undefined {
    const id = optionalText(transaction, 'credit_card_account_id');
    if (id !== undefined) return this.holdings.get(id);
    const key = cardKey(textField(transaction, 'user_id'), textField(transaction, 'credit_card_type'));
    const cards = this.cardsByType.get(key) ?? [];
    return cards.length === 1 ? cards[0] : undefined;
  }
}

function cardKey(customer: string, type: string): string {
  return JSON.stringify([customer, type]);
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
