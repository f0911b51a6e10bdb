/**
 * From the broker's acknowledgement of a record to an answer over HTTP that has it: the account of the whole service by its id, and a
 * table of Kafka Streams by its key. The same client asks both again and again from the acknowledgement on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { topicAbout } from '../../../src/log/topics.js';
import { freePorts, loopback } from '../../live/services/ports.js';
import { Unavailable as MissingService } from '../../live/services/tools.js';
import { kafkaClient } from '../../live/topics.js';
import type { Opened, Row, Unavailable } from '../harness.js';
import { startServe } from '../kafka/children.js';
import { startKTable } from '../kafka/ktable.js';
import { nowMs } from '../kafka/plans.js';
import { answered } from '../kafka/polled.js';
import { accountProbe, sendProbes } from '../kafka/probes.js';
import { tenant } from '../kafka/tickets.js';
import { type KafkaWorld, openKafkaWorld } from '../kafka/world.js';
import { percentile } from '../load.js';

const PER_SECOND = 100;
const ROUND_MS = 4_000;

/** The shorter commit interval is what Kafka Streams uses by itself for exactly-once processing. */
export const kafkaKTables: readonly Row[] = [null, 100].map((commitMs) => ({
  name: `kafka: record acknowledged to answer over HTTP that has it, p99 at ${PER_SECOND}/s ÷ Kafka Streams KTable, ${commitMs === null ? 'default commits' : `commits every ${commitMs} ms`}`,
  unit: 'ms',
  better: 'low',
  goal: { ship: 1, stretch: 0.3 },
  open: async () => {
    const world = await openKafkaWorld();
    return 'unavailable' in world ? world : openedOn(world, commitMs);
  },
}));

async function openedOn(world: KafkaWorld, commitMs: number | null): Promise<Opened | Unavailable> {
  const topic = topicAbout(world.map, 'account').name;
  const producer = kafkaClient(world.brokers.servers).producer();
  const ends = [() => producer.disconnect(), world.close];
  const close = async () => {
    for (const end of ends) await end();
  };
  try {
    await producer.connect();
    const [port = 0] = await freePorts(1);
    const ours = await startServe(world, { port });
    ends.unshift(() => ours.end());
    const table = await startKTable(world, topic, commitMs);
    ends.unshift(table.end);
    const p50s: Record<'ours' | 'baseline', number[]> = { ours: [], baseline: [] };
    const side = (name: keyof typeof p50s, urlOf: (id: string) => string) => async () => {
      const taken: number[] = [];
      await sendProbes(
        { producer, topic, eventOf: accountProbe, perSecond: PER_SECOND, forMs: ROUND_MS },
        async (id, atMs) => {
          await answered(urlOf(id), id);
          taken.push(nowMs() - atMs);
        },
      );
      p50s[name].push(percentile(taken, 0.5));
      return percentile(taken, 0.99);
    };
    const note = () => {
      const [of, to] = [percentile(p50s.ours, 0.5), percentile(p50s.baseline, 0.5)];
      return `p50 ${of.toFixed(1)} ÷ ${to.toFixed(1)} ms (${(of / to).toFixed(2)})`;
    };
    const urlOf = (id: string) => `http://${loopback}:${port}/v1/accounts/${id}`;
    await listens(urlOf('none'));
    return {
      ours: side('ours', urlOf),
      baseline: side('baseline', (id) => table.urlOf(`${tenant}/${id}`)),
      note,
      close,
    };
  } catch (error) {
    await close();
    if (error instanceof MissingService) return { unavailable: `no Kafka Streams to measure with: ${error.message}` };
    throw error;
  }
}

async function listens(url: string): Promise<void> {
  while ((await fetch(url).catch(() => undefined)) === undefined) await sleep(50);
}
