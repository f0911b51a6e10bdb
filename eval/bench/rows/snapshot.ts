/** A keyed snapshot of 18 entities of 8 KB, which is a reply of 15 KB, over HTTP, with and without its audit record, against hono returning a constant string. */
import { serveConstant } from '../constant.js';
import { type Row, spread } from '../harness.js';
import { loadFrom } from '../load.js';
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
        ours: () => cpu.ours.of(ours.context),
        baseline: () => cpu.baseline.of(baseline.url),
        note: () => `processor time of the server per request ${cpu.ours.medianUs} ÷ ${cpu.baseline.medianUs} µs`,
        close,
      };
    },
  };
}

async function ownCpuUs(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Answers per second, and what one costs its server: the figure that other work on the machine moves least. */
class CpuPerAnswer {
  readonly #cpuUs: () => Promise<number>;
  readonly #perAnswerUs: number[] = [];

  constructor(cpuUs: () => Promise<number>) {
    this.#cpuUs = cpuUs;
  }

  async of(url: string): Promise<number> {
    const before = await this.#cpuUs();
    const { answersPerSecond, answers } = await loadFrom({ ...load, url });
    this.#perAnswerUs.push(((await this.#cpuUs()) - before) / answers);
    return answersPerSecond;
  }

  get medianUs(): string {
    return spread(this.#perAnswerUs).median.toFixed(0);
  }
}

const load = { body: requestBody, connections: CONNECTIONS, perSecond: null, forMs: ROUND_MS };
