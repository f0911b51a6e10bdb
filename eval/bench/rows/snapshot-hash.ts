/** What a hash that anybody can recompute costs: the audited snapshot against the same pipeline whose digests are a constant. */
import type { Row } from '../harness.js';
import { loadFrom } from '../load.js';
import { openSnapshotWorld, requestBody, serveWorld, warmUp, withoutHashing } from '../snapshot-world.js';

const CONNECTIONS = 16;
const ROUND_MS = 2_000;

export const snapshotHash: Row = {
  name: 'snapshot hash: keyed, audit on, with its SHA-256 ÷ the same pipeline with a constant (put in by the bench) for each digest',
  unit: 'requests/s',
  better: 'high',
  goal: { ship: 0.9, stretch: 0.95 },
  open: async () => {
    const world = await openSnapshotWorld();
    const ours = await serveWorld(world.service);
    const baseline = await serveWorld(withoutHashing(world.service));
    await warmUp(ours.context);
    await warmUp(baseline.context);
    const close = async () => {
      await Promise.all([ours.drain(), baseline.drain()]);
      await world.close();
    };
    return { ours: () => answersPerSecond(ours.context), baseline: () => answersPerSecond(baseline.context), close };
  },
};

async function answersPerSecond(url: string): Promise<number> {
  const load = { url, body: requestBody, connections: CONNECTIONS, perSecond: null, forMs: ROUND_MS };
  return (await loadFrom(load)).answersPerSecond;
}
