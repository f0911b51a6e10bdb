/**
 * BANKING77 as tickets over time. The 10,003 messages of its training part arrive in a seeded order over ninety days, each as a closed
 * ticket of one account, the bank's help desk; the 3,080 of its test part ask when all have arrived. Relevant is every ticket of the
 * same intent, so that success at rank 1 is the share of messages whose nearest ticket has the same intent. One account, because
 * the published figures are over the whole training part, and each of several accounts would have a smaller and easier task.
 * The intent is no part of a ticket: a help desk does not know it when a message arrives.
 */
import { instantText } from '../../../src/domain/time.js';
import { seeded } from '../../random.js';
import type { StreamSource } from '../source.js';
import type { EventEntry } from '../stream.js';
import { csvRows } from './csv.js';
import { openedEntry, startsAtMs } from './entries.js';
import { badData, openFile } from './files.js';
import { questionOf } from './question.js';

const tenant = 'banking77';
const account = 'help-desk';
const ORDER_SEED = 77;
const DAYS = 90;
const DAY_MS = 86_400_000;

interface Message {
  /** By its row in the file, from 1. */
  readonly id: string;
  readonly text: string;
  readonly intent: string;
}

/** `folder` is the data folder. Throws `suite_invalid` for a missing file, a bad row, or an intent that no ticket has. */
export function banking77(folder: string): StreamSource {
  const tickets = messagesIn(folder, 'train');
  const asked = messagesIn(folder, 'test');
  const byIntent = new Map<string, Map<string, number>>();
  for (const { id, intent } of tickets) {
    const refs = byIntent.get(intent) ?? new Map<string, number>();
    byIntent.set(intent, refs.set(`ticket/${id}`, 1));
  }
  const questions = asked.map(({ id, text, intent }) => {
    const relevant = byIntent.get(intent);
    if (relevant === undefined) throw badData(fileOf('test'), `the message ${id} has an intent that no ticket has`);
    return questionOf({ id, tenant, account, text, kinds: ['ticket'], expect: { relevant } });
  });
  return {
    name: 'banking77',
    async *entries() {
      yield* ticketEntries(tickets);
    },
    questions: async () => questions,
  };
}

function* ticketEntries(messages: readonly Message[]): Generator<EventEntry> {
  const data = { name: 'Help desk of the bank' };
  yield openedEntry({ tenant, kind: 'account', id: account, atMs: startsAtMs, data });
  const random = seeded(ORDER_SEED);
  const arrivals = messages
    .map((message) => ({ message, atMs: startsAtMs + 1 + Math.floor(random.next() * DAYS * DAY_MS) }))
    .sort((a, b) => a.atMs - b.atMs);
  for (const { message, atMs } of arrivals) {
    const { id, text } = message;
    const body = { accountId: account, body: text, status: 'closed', updatedAt: instantText(atMs) };
    yield openedEntry({ tenant, kind: 'ticket', id, atMs, data: body });
  }
}

function messagesIn(folder: string, part: 'train' | 'test'): readonly Message[] {
  const rows = csvRows(openFile(folder, fileOf(part)), ['text', 'category']);
  if (rows.length === 0) throw badData(fileOf(part), 'holds no messages');
  return rows.map(({ fields: [text = '', intent = ''] }, index) => {
    return { id: `${part}-${String(index + 1).padStart(5, '0')}`, text: text.trim(), intent };
  });
}

function fileOf(part: string): string {
  return `banking77/banking_data/${part}.csv`;
}
