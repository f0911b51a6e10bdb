/**
 * A consumer of kafkajs as programs of this kind usually are: each message is parsed and written into Redis by one call of a script, which
 * is waited for. Argument: an `EvalshaPlan`.
 */
import { Redis } from 'ioredis';
import { addressOf } from '../../../connectors/redis/settings.js';
import { kafkaClient } from '../../live/topics.js';
import { conditionalUpsert } from '../redis/conditional-upsert.js';
import { type EvalshaPlan, nowMs, tell } from './plans.js';

const { servers, topic, count, redis }: EvalshaPlan = JSON.parse(process.argv[2] ?? '');
const client = new Redis(addressOf(redis));
const sha = String(await client.script('LOAD', conditionalUpsert));
const consumer = kafkaClient(servers).consumer({ groupId: `evalsha-${process.pid}-${Date.now()}` });
let seen = 0;
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message: { key, value, offset, timestamp } }) => {
    if (seen === 0) tell({ kind: 'first', atMs: nowMs() });
    const { data } = JSON.parse(value?.toString() ?? '');
    await client.evalsha(sha, 1, `bare:${key}`, offset, JSON.stringify(data), timestamp);
    seen++;
    if (seen === count) tell({ kind: 'done', count: seen, atMs: nowMs() });
  },
});
