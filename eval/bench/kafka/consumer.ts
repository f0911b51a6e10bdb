/**
 * A bare consumer of kafkajs, all of whose work is counting and one `set` of a map per batch. Argument: a `ConsumerPlan`. A map and no
 * Redis because the state it is held against is in its process's memory too.
 */
import { kafkaClient } from '../../live/topics.js';
import { type ConsumerPlan, nowMs, PROBE, tell } from './plans.js';

const { servers, topic, count }: ConsumerPlan = JSON.parse(process.argv[2] ?? '');
const consumer = kafkaClient(servers).consumer({ groupId: `bare-${process.pid}-${Date.now()}` });
const values = new Map<string, Buffer | null>();
let seen = 0;
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
consumer.on(consumer.events.GROUP_JOIN, () => tell({ kind: 'ready' }));
await consumer.run({
  eachBatch: async ({ batch: { messages } }) => {
    if (seen === 0) tell({ kind: 'first', atMs: nowMs() });
    seen += messages.length;
    if (count === null) setAll(messages);
    else if (seen >= count) tell({ kind: 'done', count: seen, atMs: nowMs() });
  },
});

interface Keyed {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

function setAll(messages: readonly Keyed[]): void {
  const ids = messages.map(({ key }) => key?.toString('latin1').split('/')[1] ?? '');
  for (const [index, { value }] of messages.entries()) values.set(ids[index] ?? '', value);
  tell({ kind: 'visible', ids: ids.filter((id) => id.startsWith(PROBE)), atMs: nowMs() });
}
