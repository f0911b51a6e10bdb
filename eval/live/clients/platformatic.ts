/** The producer of @platformatic/kafka, the other client for Node. */
import { Producer, stringSerializers } from '@platformatic/kafka';
import type { ClientMaker } from './client.js';

export const platformatic: ClientMaker = {
  name: '@platformatic/kafka',
  missing: () => undefined,
  open: async (servers) => {
    const producer = new Producer({
      clientId: 'other-client',
      bootstrapBrokers: [...servers],
      serializers: stringSerializers,
    });
    return {
      produce: async ({ headers, ...message }) => {
        const { offsets = [] } = await producer.send({ messages: [{ ...message, headers: { ...headers } }] });
        const [told] = offsets;
        if (told === undefined) throw new Error('the client was told no offset');
        return `${told.topic}:${told.partition}:${told.offset}`;
      },
      close: () => producer.close(),
    };
  },
};
