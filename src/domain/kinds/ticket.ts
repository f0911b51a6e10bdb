/** Something a customer asked or reported. Its text is the customer's. */
import { z } from 'zod';
import type { JsonObject } from '../canonical.js';
import { isJsonObject } from '../json.js';
import { parseInstant } from '../time.js';
import { idText, instant, type KindDefinition, lowerWord, text } from './definition.js';

const schema = z.looseObject({
  id: idText,
  accountId: idText,
  subject: z.string().nullish(),
  body: z.string().nullish(),
  status: z.string().nullish(),
  priority: z.string().nullish(),
  comments: z.array(z.looseObject({ body: z.string().nullish() })).nullish(),
  updatedAt: instant,
});

export interface TicketFacets {
  readonly kind: 'ticket';
  readonly open: boolean;
  /** 0 is the most urgent. */
  readonly priorityRank: number;
  readonly updatedAtMs: number;
}

/** Words that common ticket systems use for "nobody works on it any more". Anything else is open. */
const closedStatuses = new Set([
  'closed',
  'resolved',
  'solved',
  'done',
  'cancelled',
  'canceled',
  'rejected',
  'completed',
]);

const priorityRanks = new Map([
  ['critical', 0],
  ['urgent', 0],
  ['high', 1],
  ['normal', 2],
  ['medium', 2],
  ['low', 3],
]);

function facets(data: JsonObject): TicketFacets {
  return {
    kind: 'ticket',
    open: !closedStatuses.has(lowerWord(data, 'status') ?? 'open'),
    priorityRank: priorityRanks.get(lowerWord(data, 'priority') ?? 'normal') ?? 2,
    updatedAtMs: parseInstant(text(data, 'updatedAt') ?? '') ?? 0,
  };
}

function comments(data: JsonObject): string[] {
  const list = data.comments;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry) => (isJsonObject(entry) ? (text(entry, 'body') ?? []) : []));
}

export const ticket: KindDefinition<'ticket', TicketFacets> = {
  kind: 'ticket',
  trust: 'customer',
  schema,
  facets,
  ownerOf: (_id, data) => text(data, 'accountId'),
  textOf: (data) => ({ title: text(data, 'subject') ?? '', sections: [text(data, 'body') ?? '', ...comments(data)] }),
};
