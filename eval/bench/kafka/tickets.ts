/** Tickets on a topic of Kafka, as a program of others would put them there. */
import type { Message } from 'kafkajs';
import type { NewRecord } from '../../../src/log/port.js';
import { kafkaClient } from '../../live/topics.js';
import { ticketRecord } from '../big-log.js';

export const tenant = 'bench';

const BATCH = 2_000;

/** `count` events of about 400 bytes over a fifth as many tickets, spread over the partitions by their keys. */
export async function produceTickets(
  servers: readonly string[],
  topic: string,
  count: number,
  recordOf: typeof ticketRecord = ticketRecord,
): Promise<void> {
  const producer = kafkaClient(servers).producer();
  await producer.connect();
  try {
    for (let from = 0; from < count; from += BATCH) {
      const length = Math.min(BATCH, count - from);
      const messages = Array.from({ length }, (_, index) =>
        messageOf(recordOf(tenant, from + index, Math.max(1, Math.floor(count / 5)))),
      );
      await producer.send({ topic, messages });
    }
  } finally {
    await producer.disconnect();
  }
}

function messageOf({ key, headers, value }: NewRecord): Message {
  return {
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, Buffer.from(bytes)])),
  };
}
