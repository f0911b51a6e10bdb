/**
 * The whole service with its state in Redis (validated, folded, written with its watermarks; copied to the journal on the way), against a
 * bare consumer of kafkajs that counts the same records in batches, and against one that writes each into Redis by a call of its own. Each
 * is a new process with nothing behind it, on one broker and one Redis.
 */
import type { OwnRedis } from '../../live/redis.js';
import { size } from '../../prove/settings.js';
import { patchedTicketRecord, ticketRecord } from '../big-log.js';
import type { Contender, Opened, Row, Unavailable } from '../harness.js';
import { startConsumer, startEvalshaConsumer, startServe, timed } from '../kafka/children.js';
import { produceTickets } from '../kafka/tickets.js';
import { type KafkaWorld, openKafkaWorld } from '../kafka/world.js';
import { openRedis } from '../redis/world.js';

/** Records are made as fast as a producer can, which is slower than either side reads them. The full size with `TIDEMARK_PROVE=full`. */
const EVENTS = size(100_000, 200_000);
/** As many as take about a second one by one; it reads them from the beginning of the same topic. */
const SINGLE_EVENTS = 20_000;

const count = (records: number) => records.toLocaleString('en');

export const redisIngest: Row = {
  name: `redis: ingest of ${count(EVENTS)} full states, first to last ÷ kafkajs eachBatch that counts them`,
  unit: 'records/s',
  better: 'high',
  goal: { ship: 0.2, stretch: 0.3 },
  open: () => opened(ticketRecord, counted),
};

export const redisPatches: Row = {
  name: `redis: ingest of ${count(EVENTS)} records, four in five of them patches, first to last ÷ kafkajs eachBatch that counts them (told, without a goal)`,
  unit: 'records/s',
  better: 'high',
  goal: { ship: 0, stretch: 0.2 },
  open: () => opened(patchedTicketRecord, counted),
};

export const redisIngestSingly: Row = {
  name: `redis: ingest of ${count(EVENTS)} full states, first to last ÷ kafkajs eachMessage with one EVALSHA each`,
  unit: 'records/s',
  better: 'high',
  goal: { ship: 10, stretch: 15 },
  open: () => opened(ticketRecord, writtenSingly),
};

type Baseline = (world: KafkaWorld, redis: OwnRedis) => Contender;

const counted: Baseline =
  ({ brokers: { servers }, tickets: topic }) =>
  async () => {
    const { firstToLastMs } = await timed(startConsumer({ servers, topic, count: EVENTS }), EVENTS);
    return (EVENTS * 1_000) / firstToLastMs;
  };

const writtenSingly: Baseline =
  ({ brokers: { servers }, tickets: topic }, redis) =>
  async () => {
    await redis.flush();
    const plan = { servers, topic, count: SINGLE_EVENTS, redis: redis.server.address };
    const { firstToLastMs } = await timed(startEvalshaConsumer(plan), SINGLE_EVENTS);
    return (SINGLE_EVENTS * 1_000) / firstToLastMs;
  };

async function opened(recordOf: typeof ticketRecord, baseline: Baseline): Promise<Opened | Unavailable> {
  const world = await openKafkaWorld();
  if ('unavailable' in world) return world;
  const { brokers, tickets: topic } = world;
  const redis = await openRedis();
  if ('unavailable' in redis) {
    await world.close();
    return redis;
  }
  const close = async () => {
    await redis.stop();
    await world.close();
  };
  try {
    await produceTickets(brokers.servers, topic, EVENTS, recordOf);
  } catch (error) {
    await close();
    throw error;
  }
  const ours = async () => {
    await redis.flush();
    const { firstToLastMs } = await timed(await startServe(world, { stateUrl: redis.url }), EVENTS);
    return (EVENTS * 1_000) / firstToLastMs;
  };
  return { ours, baseline: baseline(world, redis), close };
}
