/** What customers write about. `{slots}` in the sentences are filled per ticket. */

export type Sentences = readonly [string, ...string[]];
export type Priority = 'low' | 'normal' | 'high' | 'urgent';

/** One course a ticket can take; the sentences belong together. */
export interface TicketCase {
  readonly subject: string;
  readonly body: string;
  /** What support answers first. */
  readonly reply: string;
  /** What the customer adds when it goes on. */
  readonly followUp: string;
  readonly resolution: string;
}

export interface TicketTopic {
  /** Also a field of the ticket. */
  readonly product: string;
  readonly priorities: readonly [Priority, ...Priority[]];
  readonly cases: readonly [TicketCase, ...TicketCase[]];
}

export type Slots = Readonly<Record<string, string>>;

const SLOT = /\{(\w+)\}/g;

/** Throws for a slot nobody fills: a brace in a ticket would look like a template, not like a customer. */
export function fill(sentence: string, slots: Slots): string {
  return sentence.replaceAll(SLOT, (_, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new Error(`no such slot: ${name}`);
    return value;
  });
}
