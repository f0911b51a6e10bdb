/**
 * From the broker's acknowledgement of a record to the moment from which whoever reads it by its key finds it: in the state of the
 * whole service, and in the map of a bare consumer of kafkajs. Records come one by one at a rate.
 */

import { kafkaClient } from '../../live/topics.js';
import type { Opened, Row, Unavailable } from '../harness.js';
import { type Child, startConsumer, startServe } from '../kafka/children.js';
import { sendProbes, ticketProbe } from '../kafka/probes.js';
import { produceTickets } from '../kafka/tickets.js';
import { type KafkaWorld, openKafkaWorld } from '../kafka/world.js';
import { percentile } from '../load.js';

const PER_SECOND = 200;
const ROUND_MS = 4_000;
/** Before the first round, so that both sides have something behind them. */
const RECORDS_BEFORE = 20_000;

export const kafkaVisibility: Row = {
  name: `kafka: record acknowledged to visible by its key, p99 at ${PER_SECOND}/s ÷ kafkajs consumer with one set of a map per batch`,
  unit: 'ms',
  better: 'low',
  goal: { ship: 1.5, stretch: 1.2 },
  open: async () => {
    const world = await openKafkaWorld();
    return 'unavailable' in world ? world : openedOn(world);
  },
};

async function openedOn(world: KafkaWorld): Promise<Opened | Unavailable> {
  const { brokers, tickets: topic } = world;
  const producer = kafkaClient(brokers.servers).producer();
  const children: Child[] = [];
  const close = async () => {
    await producer.disconnect();
    for (const child of children) await child.end();
    await world.close();
  };
  try {
    await producer.connect();
    await produceTickets(brokers.servers, topic, RECORDS_BEFORE);
    const ours = await startServe(world);
    children.push(ours);
    await ours.heard((told): told is typeof told => told.kind === 'done' && told.count >= RECORDS_BEFORE);
    const bare = startConsumer({ servers: brokers.servers, topic, count: null });
    children.push(bare);
    await bare.heard((told): told is typeof told => told.kind === 'visible');
    const p50s: Record<'ours' | 'baseline', number[]> = { ours: [], baseline: [] };
    const side = (name: keyof typeof p50s, child: Child) => async () => {
      const taken = await latenciesMs(child, (onAck) =>
        sendProbes({ producer, topic, eventOf: ticketProbe, perSecond: PER_SECOND, forMs: ROUND_MS }, onAck),
      );
      p50s[name].push(percentile(taken, 0.5));
      return percentile(taken, 0.99);
    };
    const note = () => `p50 ${percentile(p50s.ours, 0.5).toFixed(1)} ÷ ${percentile(p50s.baseline, 0.5).toFixed(1)} ms`;
    return { ours: side('ours', ours), baseline: side('baseline', bare), note, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Send = (onAcknowledged: (id: string, atMs: number) => Promise<void>) => Promise<void>;

/** Negative where a record was visible before its producer had heard of it. */
async function latenciesMs(child: Child, send: Send): Promise<readonly number[]> {
  const visibleAtMs = new Map<string, number>();
  const acknowledgedAtMs = new Map<string, number>();
  const stop = child.listen((told) => {
    if (told.kind === 'visible') for (const id of told.ids) visibleAtMs.set(id, told.atMs);
  });
  await send(async (id, atMs) => void acknowledgedAtMs.set(id, atMs));
  const isSeen = () => [...acknowledgedAtMs.keys()].every((id) => visibleAtMs.has(id));
  while (!isSeen()) await child.heard((told): told is typeof told => told.kind === 'visible');
  stop();
  return [...acknowledgedAtMs].map(([id, atMs]) => (visibleAtMs.get(id) ?? Number.NaN) - atMs);
}
