/** The tail of snapshots while the same process ingests: p99 from the moment a request was due, against the same without ingest. */
import type { NewRecord } from '../../../src/log/port.js';
import { snapshotEvents } from '../events.js';
import type { Row, Unavailable } from '../harness.js';
import { ingest, rateShortfall, recordsFor } from '../ingest-load.js';
import { loadFrom, percentile } from '../load.js';
import { openRedisWorld } from '../redis/world.js';
import {
  openSnapshotWorld,
  requestBody,
  type SnapshotWorld,
  serveWorld,
  settle,
  tenant,
  warmUp,
} from '../snapshot-world.js';

const REQUESTS_PER_SECOND = 500;
const CONNECTIONS = 64;
const ROUND_MS = 3_000;

const gentle = { perSecond: 10_000, goal: { ship: 2, stretch: 1.3 } };
const heavy = { perSecond: 50_000, goal: { ship: 4, stretch: 2 } };

const embedded: Place = {
  name: 'snapshot under ingest: p99',
  into: 'appended to the log as records',
  open: async () => {
    const world = await openSnapshotWorld();
    return { ...world, append: (batch) => world.service.engines.log.append(batch) };
  },
};

const onRedis: Place = {
  name: 'redis: snapshot under ingest, audit spool on, p99',
  into: 'written by others to a log in memory',
  open: async () => {
    const world = await openRedisWorld();
    if ('unavailable' in world) return world;
    await world.service.intake.append(tenant, snapshotEvents(tenant));
    await settle(world.service);
    return { ...world, append: async (batch) => world.cluster.append(batch) };
  },
};

export const snapshotUnderIngest: Row = underIngest(embedded, gentle);
export const snapshotUnderHeavyIngest: Row = underIngest(embedded, heavy);
export const redisSnapshotUnderIngest: Row = underIngest(onRedis, gentle);
export const redisSnapshotUnderHeavyIngest: Row = underIngest(onRedis, heavy);

interface Place {
  readonly name: string;
  /** Where records are put. */
  readonly into: string;
  open(): Promise<Ingesting | Unavailable>;
}

interface Ingesting extends SnapshotWorld {
  append(batch: readonly NewRecord[]): Promise<unknown>;
}

function underIngest(place: Place, { perSecond, goal }: Pick<Row, 'goal'> & { readonly perSecond: number }): Row {
  return {
    name: `${place.name} at ${REQUESTS_PER_SECOND} requests/s with ${perSecond.toLocaleString('en')} events/s, ${place.into}, ÷ without`,
    unit: 'ms',
    better: 'low',
    goal,
    open: async () => {
      const world = await place.open();
      if ('unavailable' in world) return world;
      const server = await serveWorld(world.service);
      await warmUp(server.context);
      const reached: number[] = [];
      const load = { url: server.context, body: requestBody, connections: CONNECTIONS, perSecond: REQUESTS_PER_SECOND };
      const p99Ms = async () => percentile((await loadFrom({ ...load, forMs: ROUND_MS })).latenciesMs, 0.99);
      const ours = async () => {
        const records = recordsFor((perSecond * ROUND_MS) / 1_000);
        const [p99, rate] = await Promise.all([p99Ms(), ingest(world.service, records, perSecond, world.append)]);
        reached.push(rate);
        return p99;
      };
      const close = async () => {
        await server.drain();
        await world.close();
      };
      const note = () => `${Math.round(percentile(reached, 0.5)).toLocaleString('en')} events/s were applied`;
      return { ours, baseline: p99Ms, note, shortfall: () => rateShortfall(reached, perSecond), close };
    },
  };
}
