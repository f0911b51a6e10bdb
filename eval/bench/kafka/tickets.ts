/** Tickets on a topic of Kafka, as a program of others would put them there. */
import type { Message } from 'kafkajs';
import { kafkaClient } from '../../live/topics.js';
import { ticketRecord } from '../big-log.js';

export const tenant = 'bench';

const BATCH = 2_000;

/** `count` events of about 400 bytes over a fifth as many tickets, spread over the partitions by their keys. */
export async function produceTickets(servers: readonly string[], topic: string, count: number): Promise<void> {
  const producer = kafkaClient(servers).producer();
  await producer.connect();
  try {
    for (let from = 0; from < count; from += BATCH) {
      const length = Math.min(BATCH, count - from);
      const messages = Array.from({ length }, (_, index) => ticketMessage(from + index, count));
      await producer.send({ topic, messages });
    }
  } finally {
    await producer.disconnect();
  }
}

function ticketMessage(index: number, count: number): Message {
  const { key, headers, value } = ticketRecord(tenant, index, Math.max(1, Math.floor(count / 5)));
  return {
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, Buffer.from(bytes)])),
  };
}
