/** The way to the brokers: cut while a service starts, slow and torn, or silent (rows 14, 15 and 16 of the fault matrix). */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { size } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { FaultProxy } from '../proxy.js';
import type { Fault } from '../proxy-link.js';
import { kafkaProxyPorts, ownKafkaMissing } from '../settings.js';
import { FaultScene, idsOf, type Look, ms, watchUntil } from './scene.test-support.js';

const MAX_STALENESS_MS = 1_000;
const DELAY_MS = size(100, 500);
const RESETS = size(3, 20);
const RECORDS_BETWEEN = 60;
/** Each way; what is asked about the end of the log goes there and back twice. */
const FAR_MS = 100;
const ASKING_MS = size(10_000, 60_000);
const SILENT_MS = size(3_000, 60_000);
/** Many times what the slow and torn line takes for what is left of them. */
const APPLIED_WITHIN_MS = size(60_000, 300_000);

/** Delays, slices and cuts: one behind the other, as one proxy does one thing at a time. */
class BadLine {
  private constructor(
    readonly cutting: FaultProxy,
    readonly delaying: FaultProxy,
    readonly slicing: FaultProxy,
  ) {}

  static async open(): Promise<BadLine> {
    const ports = kafkaProxyPorts() ?? { listen: 0, target: 0 };
    const slicing = await FaultProxy.open({ listen: 0, target: ports.target });
    const delaying = await FaultProxy.open({ listen: 0, target: portOf(slicing) });
    const cutting = await FaultProxy.open({ listen: ports.listen, target: portOf(delaying) });
    return new BadLine(cutting, delaying, slicing);
  }

  async set(fault: Fault): Promise<void> {
    await this.cutting.setFault(fault);
  }

  /** Of the proxy that cuts. */
  async sees(wanted: (counts: FaultProxy['counts']) => boolean): Promise<void> {
    await eventually(() => expect(wanted(this.cutting.counts)).toBe(true), { everyMs: 5 });
  }

  async close(): Promise<void> {
    for (const proxy of [this.cutting, this.delaying, this.slicing]) await proxy.close();
  }
}

function portOf({ address }: FaultProxy): number {
  return Number(address.split(':')[1]);
}

/** A start that may end while a fault is still on. */
class Start {
  readonly outcome: Promise<unknown>;
  #hasEnded = false;

  constructor(serving: Promise<unknown>) {
    this.outcome = serving
      .then(() => 'started')
      .catch((error: unknown) => error)
      .finally(() => {
        this.#hasEnded = true;
      });
  }

  /** Resolves, with how often the proxy has bitten, when it has ended or that is enough. */
  async endedOr(proxy: FaultProxy, bitesEnough: number): Promise<number> {
    const isOver = () => this.#hasEnded || proxy.counts.bites >= bitesEnough;
    await eventually(() => expect(isOver()).toBe(true));
    return proxy.counts.bites;
  }
}

vi.setConfig({ testTimeout: size(300_000, 900_000) });

describe.skipIf(kafkaProxyPorts() === undefined)(`the way to the brokers (${ownKafkaMissing()})`, () => {
  let line: BadLine;
  let scene: FaultScene;
  const sent: string[] = [];
  const send = async (ids: readonly string[]) => {
    sent.push(...ids);
    await scene.send(ids);
  };
  const serve = () => scene.serve([line.cutting.address]);
  const expectAllOnce = async () => {
    await eventually(async () => expect(await scene.applied()).toBeGreaterThanOrEqual(sent.length), {
      withinMs: APPLIED_WITHIN_MS,
    });
    expect(await scene.applied()).toBe(sent.length);
    expect(await scene.missing(sent)).toEqual([]);
    // Put together from a copy on this machine: no line takes part.
    expect(await scene.copied(BigInt(sent.length))).toEqual(sent);
  };

  beforeAll(async () => {
    line = await BadLine.open();
    scene = await FaultScene.open();
    await serve();
    await send(idsOf('first', 20));
    await scene.live.caughtUp();
  });
  afterEach(async () => {
    for (const proxy of [line.cutting, line.delaying, line.slicing]) await proxy.setFault({ kind: 'none' });
  });
  afterAll(async () => {
    await scene.close();
    await line.close();
  });

  it('answers nothing when a service starts, and then does: the start waits and skips nothing', async () => {
    await scene.stop();
    await send(idsOf('while down', 20));
    await line.set({ kind: 'hang' });
    const startedMs = performance.now();
    const serving = serve();
    await eventually(() => expect(line.cutting.counts.bites).toBeGreaterThan(0));
    await eventually(() => expect(performance.now() - startedMs).toBeGreaterThan(1_000));
    await line.set({ kind: 'none' });
    await serving;
    await expectAllOnce();
  });

  // So many bytes into the answers of each connection: in the first answers, in the metadata, and while the group is joined.
  it.for([10, 700, 3_000])(
    'breaks %i bytes into its answers when a service starts: nothing is skipped',
    async (bytes, { annotate }) => {
      await scene.stop();
      await send(idsOf(`cut ${bytes}`, 20));
      await line.set({ kind: 'reset', afterAnswerBytes: bytes });
      const start = new Start(serve());
      const bites = await start.endedOr(line.cutting, 4);
      await line.set({ kind: 'none' });
      const outcome = await start.outcome;
      expect(bites).toBeGreaterThan(0);
      await annotate(`broken ${bites} times; ${outcome === 'started' ? outcome : 'refused, and made again'}`);
      if (outcome !== 'started') {
        expect(outcome).toMatchObject({ code: 'unreachable', retriable: true });
        await serve();
      }
      await expectAllOnce();
    },
  );

  it('is slow, torn into single bytes and cut again and again: everything is applied once and as it was sent', async ({
    annotate,
  }) => {
    await line.delaying.setFault({ kind: 'delay', byMs: DELAY_MS });
    await line.slicing.setFault({ kind: 'slice', bytes: 1 });
    for (let round = 0; round < RESETS; round += 1) {
      const { connections } = line.cutting.counts;
      await send(idsOf(`torn ${round}`, RECORDS_BETWEEN));
      // In the middle of an answer with records: nothing else is as long.
      await line.set({ kind: 'reset', afterAnswerBytes: 6_000 + 500 * (round % 10) });
      await line.sees(({ bites }) => bites > 0);
      await line.set({ kind: 'none' });
      await line.sees((counts) => counts.connections > connections);
    }
    await expectAllOnce();

    const [delayed, sliced] = [line.delaying.counts.bites, line.slicing.counts.bites];
    await annotate(
      `${RESETS} resets, each followed by a new connection, ${delayed} pieces delayed, ${sliced} single bytes`,
    );
    expect(sliced).toBeGreaterThan(10_000);
  });

  it('is far away while many ask how far it is: each is answered', async ({ annotate }) => {
    await line.delaying.setFault({ kind: 'delay', byMs: FAR_MS });
    const { log } = scene.live.service.engines;
    const asked: Promise<number>[] = [];
    const sinceMs = performance.now();
    const ask = async () => {
      const askedMs = performance.now();
      await log.ends();
      return countedMs(askedMs);
    };
    await eventually(
      () => {
        asked.push(ask());
        expect(performance.now() - sinceMs).toBeGreaterThan(ASKING_MS);
      },
      { everyMs: 25, withinMs: ASKING_MS + 60_000 },
    );
    const settled = await Promise.allSettled(asked);
    const took = settled.map((one) => (one.status === 'fulfilled' ? one.value : Number.POSITIVE_INFINITY));
    await annotate(`${asked.length} questions, each answered within ${ms(Math.max(...took))}`);
    expect(line.delaying.counts.bites).toBeGreaterThan(0);
    expect(Math.max(...took)).toBeLessThan(20 * FAR_MS);
    await line.delaying.setFault({ kind: 'none' });
    await expectAllOnce();
  });

  it('falls silent: it is left within ten seconds, and no answer meanwhile is called fresher than it is', async ({
    annotate,
  }) => {
    const watch = (wanted: (look: Look) => boolean, lastsMs = 0) =>
      watchUntil(scene, wanted, { maxStalenessMs: MAX_STALENESS_MS, lastsMs });
    await watch(({ label }) => label === 'fresh');
    const { connections } = line.cutting.counts;
    const sinceMs = performance.now();
    await line.set({ kind: 'hang' });
    await send(idsOf('unheard', 5));
    const left = line.sees((counts) => counts.connections > connections).then(() => countedMs(sinceMs));
    const { looks } = await watch(({ atMs }) => atMs - sinceMs > SILENT_MS, SILENT_MS);
    const leftMs = await left;
    expect(line.cutting.counts.bites).toBeGreaterThan(0);
    await line.set({ kind: 'none' });
    await expectAllOnce();

    await annotate(`left after ${ms(leftMs)}; ${looks.length} looks`);
    expect(leftMs).toBeLessThanOrEqual(10_000);
    const later = looks.filter(({ atMs }) => atMs - sinceMs > MAX_STALENESS_MS + 100);
    expect(later.filter(({ label }) => label !== 'stale')).toEqual([]);
    expect(later.at(-1)?.ageMs).toBeGreaterThanOrEqual(SILENT_MS - 100);
  });
});
