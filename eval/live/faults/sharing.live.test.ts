/**
 * Three instances that share one state, under load: partitions are shared out, go over and come back; one is stopped in order after the
 * other (row 40), killed again and again (row 19), stands still for longer than a session (row 20), is too busy to answer (row 41).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.js';
import { neverFalselyFresh, nothingGoesBack, nothingLost, nothingTwice } from '../../processes/checks.test-support.js';
import { Clients } from '../../processes/clients.test-support.js';
import { endAll, ensureBuilt, type Server } from '../../processes/server.test-support.js';
import { seed, size } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { ProcessScene } from '../processes/scene.test-support.js';
import { kafkaMissing, kafkaUrl, qdrantMissing, qdrantUrl, redisMissing, redisUrl } from '../settings.js';
import { Fleet, ownedIn, positionsOf } from './fleet.test-support.js';
import { WriteRelay } from './held-write.test-support.js';

const missing = [
  [kafkaUrl(), kafkaMissing()],
  [redisUrl(), redisMissing()],
  [qdrantUrl(), qdrantMissing()],
].find(([url]) => url === undefined)?.[1];

const KILL_EVERY_MS = 5_000;
/** A process that starts takes seconds of a core: beside other tests that says more of the machine than of the service. */
const kills = size(0, 60);
const names = ['a', 'b', 'c'];

/** A process that is told so does nothing else for five seconds. A URL, since options are told apart by spaces. */
const BLOCKED_MS = 5_000;
const block = `process.on('SIGUSR2',()=>Atomics.wait(new/**/Int32Array(new/**/SharedArrayBuffer(4)),0,0,${BLOCKED_MS}))`;
const blockable = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(block)}` };

describe.skipIf(missing !== undefined)(
  `instances that share a state (${missing ?? 'on Kafka, Redis and Qdrant'})`,
  { timeout: size(300_000, 1_200_000) },
  () => {
    let scene: ProcessScene;
    let fleet: Fleet;
    let clients: Clients;
    /** Between the second instance and Redis. */
    let relay: WriteRelay;
    beforeAll(async () => {
      ensureBuilt();
      scene = await ProcessScene.open('file');
      fleet = new Fleet(scene);
      clients = new Clients(seed());
      relay = await WriteRelay.open(Number(new URL(redisUrl() ?? 'redis://0').port));
      await Promise.all(names.map((name) => start(name)));
      await fleet.settled(names);
    });
    afterAll(async () => {
      endAll();
      await relay?.close();
      await scene?.close();
    });

    /** A relay takes its share of the process that asks, so only what is to be held goes by it. */
    async function start(name: string, by: 'relay' | 'itself' = 'itself'): Promise<void> {
      const way: Readonly<Record<string, string>> = by === 'relay' ? { STATE_URL: `redis://${relay.address}` } : {};
      await fleet.start(name, { ...blockable, ...way });
      await fleet.admit(name);
    }

    /** While `work` is under way. Returns operations per second. */
    async function underLoad(work: () => Promise<void>): Promise<number> {
      let isOver = false;
      const [before, sinceMs] = [clients.operations, performance.now()];
      const load = clients.work(fleet, () => isOver);
      try {
        await work();
      } finally {
        isOver = true;
        await load;
      }
      return ((clients.operations - before) * 1_000) / (performance.now() - sinceMs);
    }

    /** Nothing of what clients were told is untrue. */
    async function allHolds(): Promise<void> {
      await clients.settle(fleet);
      await nothingLost(fleet, clients);
      neverFalselyFresh(clients);
      nothingGoesBack(clients);
      expect(clients.surprises).toEqual([]);
    }

    /** Stands still while a write of it is under way; how to let that go on. */
    function stoppedWriting(server: Server): Promise<() => Promise<string>> {
      return new Promise((resolve) => {
        relay.holdNext((pass) => {
          server.signal('SIGSTOP');
          resolve(pass);
        });
      });
    }

    it('go on answering while one after the other is stopped in order and started again (row 40)', async () => {
      const stopsMs: number[] = [];
      await underLoad(async () => {
        for (const name of names) {
          const startedAtMs = performance.now();
          expect(await fleet.server(name).stop()).toMatchObject({ code: 0 });
          stopsMs.push(countedMs(startedAtMs));
          fleet.dismiss(name);
          await start(name);
        }
      });
      const { asked } = fleet.counts;
      expect(Math.max(...stopsMs), `of ${stopsMs.map(Math.round)}`).toBeLessThan(limits.drainMs);
      expect(fleet.counts.cut).toBeGreaterThan(0);
      expect(fleet.failed.length / asked, `of ${asked}: ${fleet.failed.slice(0, 3)}`).toBeLessThanOrEqual(0.001);
      await allHolds();
      await nothingTwice(fleet, clients, scene.map.rejected);
    });

    /** The second one, with a write under way, for twice a session; who had its part meanwhile, and what became of the write. */
    async function standingStill() {
      const [b, c] = [fleet.server('b'), fleet.server('c')];
      let between: ReadonlyMap<string, readonly string[]> = new Map();
      let answer = '';
      await underLoad(async () => {
        const pass = await stoppedWriting(b);
        const stoppedAtMs = performance.now();
        fleet.dismiss('b');
        await blocked(c);
        between = await fleet.settled(['a', 'c']);
        const isLong = () => expect(performance.now() - stoppedAtMs).toBeGreaterThan(2 * limits.remoteSessionMs);
        await eventually(isLong);
        answer = await pass();
        b.signal('SIGCONT');
        await fleet.admit('b');
      });
      return { between, answer };
    }

    it('lose no step to one that stands still, or is busy, and take over its part; what it then writes is refused (rows 20, 41)', async () => {
      fleet.dismiss('b');
      expect(await fleet.server('b').stop()).toMatchObject({ code: 0 });
      await start('b', 'relay');
      const before = await fleet.settled(names);
      const { between, answer } = await standingStill();
      expect(answer).toContain('conflict');
      for (const name of ['a', 'c'])
        expect(between.get(name)).toEqual(expect.arrayContaining([...(before.get(name) ?? [])]));
      const later = await fleet.settled(names);
      for (const name of ['a', 'c'])
        expect(between.get(name)).toEqual(expect.arrayContaining([...(later.get(name) ?? [])]));
      await allHolds();
      // What stood still told clients nothing of the events it had on their way, so they sent those again: they are duplicates, and counted.
      // Null while Redis has not answered in time, which this question does not wait for.
      const addsUp = async () => expect((await fleet.ok('/v1/positions')).totals).toMatchObject({ addsUp: true });
      await eventually(addsUp, { everyMs: 100 });
    });

    /** Until it answers again. Nobody takes it for ready meanwhile, and it is not put out of the group. */
    async function blocked(server: Server): Promise<void> {
      const probe = async () => {
        const url = String(await server.opened);
        const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
        return reply?.status;
      };
      server.signal('SIGUSR2');
      await eventually(async () => expect(await probe()).toBeUndefined());
      expect(await probe()).toBeUndefined();
      await eventually(async () => expect(await probe()).toBe(200));
    }

    it.skipIf(kills === 0)(
      `keep at least half their throughput while one of them is killed every five seconds, ${kills} times (row 19, needs the size of npm run prove -- --full)`,
      async () => {
        const usual = await underLoad(() => pass(KILL_EVERY_MS));
        const during = await underLoad(async () => {
          const starts: Promise<void>[] = [];
          for (let kill = 0; kill < kills; kill++) {
            const name = names[kill % names.length] ?? '';
            await starts[kill - names.length];
            fleet.dismiss(name);
            expect(await fleet.server(name).kill()).toMatchObject({ signal: 'SIGKILL' });
            starts.push(start(name));
            await pass(KILL_EVERY_MS);
          }
          await Promise.all(starts);
          await fleet.ready();
        });
        expect(during / usual, `${during} operations per second, ${usual} otherwise`).toBeGreaterThan(0.5);
        await fleet.settled(names);
        await allHolds();
      },
    );

    it('answer by role: one that only answers owns nothing, one that only applies answers nothing, and is replaced when it is killed', async () => {
      const [api, materializer] = await Promise.all([
        fleet.start('api', { ROLE: 'api' }),
        fleet.start('materializer', { ROLE: 'materializer' }),
      ]);
      await api.ready();
      expect(ownedIn(await positionsOf(api))).toEqual([]);
      expect((await api.ok('/v1/positions')).instance).toMatchObject({ role: 'api' });
      expect(await materializer.ask('/v1/context', { account: 'A-1' })).toMatchObject({ status: 404 });
      await fleet.settled([...names, 'materializer']);
      expect(await api.stop()).toMatchObject({ code: 0 });
      expect(await materializer.kill()).toMatchObject({ signal: 'SIGKILL' });
      await fleet.settled(names);
    });
  },
);

function pass(ms: number): Promise<void> {
  const untilMs = performance.now() + ms;
  return eventually(() => expect(performance.now()).toBeGreaterThan(untilMs), { withinMs: ms + 20_000 });
}
