/** The tail of snapshots while the same process ingests: p99 from the moment a request was due, against the same without ingest. */
import type { Row } from '../harness.js';
import { ingest, rateShortfall, recordsFor } from '../ingest-load.js';
import { loadFrom, percentile } from '../load.js';
import { openSnapshotWorld, requestBody, serveWorld, warmUp } from '../snapshot-world.js';

const REQUESTS_PER_SECOND = 500;
const CONNECTIONS = 64;
const ROUND_MS = 3_000;

export const snapshotUnderIngest: Row = underIngest(10_000, { ship: 2, stretch: 1.3 });
export const snapshotUnderHeavyIngest: Row = underIngest(50_000, { ship: 4, stretch: 2 });

function underIngest(perSecond: number, goal: Row['goal']): Row {
  return {
    name: `snapshot under ingest: p99 at ${REQUESTS_PER_SECOND} requests/s with ${perSecond.toLocaleString('en')} events/s, appended to the log as records, ÷ without`,
    unit: 'ms',
    better: 'low',
    goal,
    open: async () => {
      const world = await openSnapshotWorld();
      const server = await serveWorld(world.service);
      await warmUp(server.context);
      const reached: number[] = [];
      const load = { url: server.context, body: requestBody, connections: CONNECTIONS, perSecond: REQUESTS_PER_SECOND };
      const p99Ms = async () => percentile((await loadFrom({ ...load, forMs: ROUND_MS })).latenciesMs, 0.99);
      const ours = async () => {
        const records = recordsFor((perSecond * ROUND_MS) / 1_000);
        const [p99, rate] = await Promise.all([p99Ms(), ingest(world.service, records, perSecond)]);
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
