/** A keyed snapshot of 18 entities of 8 KB, which is a reply of 15 KB, over HTTP, with and without its audit record, against hono returning a constant string. */
import { serveConstant } from '../constant.js';
import { CpuPerAnswer, ownCpuUs } from '../cpu.js';
import type { Row } from '../harness.js';
import { answerOf, openSnapshotWorld, requestBody, serveWorld, warmUp, withoutAudit } from '../snapshot-world.js';

const CONNECTIONS = 16;
const ROUND_MS = 2_000;

export const snapshot: Row = snapshotRow('audit on', 'on', { ship: 0.3, stretch: 0.5 });

export const snapshotUnaudited: Row = snapshotRow(
  'audit off (an audit log of the bench that records nothing; the product has no such setting)',
  'off',
  { ship: 0.6, stretch: 0.75 },
);

function snapshotRow(what: string, audit: 'on' | 'off', goal: Row['goal']): Row {
  return {
    name: `snapshot: keyed, 18 entities of 8 KB, a reply of 15 KB, 16 connections, ${what} ÷ hono returning a constant string of that size`,
    unit: 'requests/s',
    better: 'high',
    goal,
    open: async () => {
      const world = await openSnapshotWorld();
      const ours = await serveWorld(audit === 'on' ? world.service : withoutAudit(world.service));
      const baseline = await serveConstant(await answerOf(ours.context));
      await warmUp(ours.context);
      const close = async () => {
        baseline.close();
        await ours.drain();
        await world.close();
      };
      const cpu = { ours: new CpuPerAnswer(ownCpuUs), baseline: new CpuPerAnswer(() => baseline.cpuUs()) };
      return {
        ours: () => cpu.ours.of({ ...load, url: ours.context }),
        baseline: () => cpu.baseline.of({ ...load, url: baseline.url }),
        note: () => `processor time of the server per request ${cpu.ours.medianUs} ÷ ${cpu.baseline.medianUs} µs`,
        close,
      };
    },
  };
}

const load = { body: requestBody, connections: CONNECTIONS, perSecond: null, forMs: ROUND_MS };
