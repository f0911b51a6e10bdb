/** The three forms in which other teams write an entity, each with where it is read again. */
import { recordKey } from '../../../src/domain/record-key.js';
import { tenant } from '../../../src/fixtures.test-support.js';
import { type TopicMap, topicAbout } from '../../../src/log/topics.js';
import type { Message } from './client.js';

/** Whose tickets the events are about. */
export const owner = 'owner';

export interface Form {
  readonly name: string;
  message(map: TopicMap, id: string, text: string): Message;
  /** Whose context holds the entity. */
  account(id: string): string;
  ref(id: string): string;
  /** Of the entity, with the text. */
  readonly member: string;
}

const ticketData = (id: string, text: string) => ({ id, accountId: owner, subject: text, status: 'open' });

function attributes(id: string, text: string): Record<string, string> {
  return {
    specversion: '1.0',
    id: `e-${id}-${text}`,
    source: 'other-team',
    type: 'ticket.updated',
    subject: id,
    tenant,
  };
}

function ticketMessage(map: TopicMap, id: string): Pick<Message, 'topic' | 'key'> {
  return { topic: topicAbout(map, 'ticket').name, key: Buffer.from(recordKey(tenant, id)).toString() };
}

const aboutTicket = { account: () => owner, ref: (id: string) => `ticket/${id}`, member: 'subject' } as const;

export const forms: readonly Form[] = [
  {
    name: 'plain JSON',
    message: (map, id, text) => ({
      topic: topicAbout(map, 'account').name,
      key: id,
      value: JSON.stringify({ id, name: text }),
      headers: {},
    }),
    account: (id) => id,
    ref: (id) => `account/${id}`,
    member: 'name',
  },
  {
    name: 'CloudEvents binary',
    message: (map, id, text) => ({
      ...ticketMessage(map, id),
      value: JSON.stringify(ticketData(id, text)),
      headers: Object.fromEntries([
        ['content-type', 'application/json'],
        ...Object.entries(attributes(id, text)).map(([name, value]) => [`ce_${name}`, value]),
      ]),
    }),
    ...aboutTicket,
  },
  {
    name: 'CloudEvents structured',
    message: (map, id, text) => ({
      ...ticketMessage(map, id),
      value: JSON.stringify({ ...attributes(id, text), data: ticketData(id, text) }),
      headers: { 'content-type': 'application/cloudevents+json' },
    }),
    ...aboutTicket,
  },
];

/** The topics with accounts as another team's program writes them: bare data under a bare id. */
export function withPlainAccounts(map: TopicMap): TopicMap {
  const sources = map.sources.map((topic) =>
    topic.about === 'account' ? ({ ...topic, tenant, format: 'json' } as const) : topic,
  );
  return { ...map, sources };
}
