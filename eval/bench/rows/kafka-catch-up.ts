/**
 * The whole service (validated, folded, with its watermarks, into memory; copied to the journal on the way) against a bare consumer of
 * kafkajs that counts the same records in batches. Each is a new process with nothing behind it, on one broker.
 */

import { size } from '../../prove/settings.js';
import type { Opened, Row, Unavailable } from '../harness.js';
import { startConsumer, startServe, type Timed, timed } from '../kafka/children.js';
import { produceTickets } from '../kafka/tickets.js';
import { openKafkaWorld } from '../kafka/world.js';

/** Records are made as fast as a producer can, which is slower than either side reads them. */
const INGEST_EVENTS = 200_000;
/** The full size with `TIDEMARK_PROVE=full`. */
const START_EVENTS = size(200_000, 1_000_000);

export const kafkaIngest: Row = {
  name: `kafka: ingest of ${INGEST_EVENTS.toLocaleString('en')} records, first to last ÷ kafkajs eachBatch that counts them`,
  unit: 'records/s',
  better: 'high',
  goal: { ship: 0.3, stretch: 0.5 },
  open: () => opened(INGEST_EVENTS, ({ firstToLastMs }) => (INGEST_EVENTS * 1_000) / firstToLastMs),
};

export const kafkaStart: Row = {
  name: `kafka: from the start of the process to caught up, ${START_EVENTS.toLocaleString('en')} records ÷ kafkajs eachBatch that counts them`,
  unit: 'ms',
  better: 'low',
  goal: { ship: 3, stretch: 2 },
  open: () => opened(START_EVENTS, ({ startToLastMs }) => startToLastMs),
};

async function opened(count: number, figure: (of: Timed) => number): Promise<Opened | Unavailable> {
  const world = await openKafkaWorld();
  if ('unavailable' in world) return world;
  const { brokers, tickets: topic, close } = world;
  try {
    await produceTickets(brokers.servers, topic, count);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ours: async () => figure(await timed(await startServe(world), count)),
    baseline: async () => figure(await timed(startConsumer({ servers: brokers.servers, topic, count }), count)),
    close,
  };
}
