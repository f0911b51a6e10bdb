/** Clocks of other machines take no part in an age (row 18); an idle log is proven anew all the time, a dead one cannot be. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { size } from '../../prove/settings.js';
import { countedMs } from '../machine-time.test-support.js';
import { FaultProxy } from '../proxy.js';
import { kafkaProxyPorts, ownKafkaMissing } from '../settings.js';
import { FaultScene, type Look, messageOf, ms, watchUntil } from './scene.test-support.js';

const YEAR_MS = 365.25 * 86_400_000;
const MAX_STALENESS_MS = 1_000;
const IDLE_MS = size(4_000, 600_000);
const HELD_MS = size(1_500, 10_000);
const ERROR_MS_MAX = 1_000;

/** Brokers refuse timestamps that lie more than an hour ahead, and delete what is a week old, unless told otherwise. */
const anyTimestamp = { 'message.timestamp.after.max.ms': '9223372036854775807', 'retention.ms': '-1' };

/** What brokers take: milliseconds since 1970. -1 means that there is none. */
const timestamps = [Date.now() - 10 * YEAR_MS, Date.now() + 10 * YEAR_MS, 0, -1, -86_400_000, Date.now(), 2 ** 53 - 1];

vi.setConfig({ testTimeout: size(300_000, 1_300_000) });

describe.skipIf(kafkaProxyPorts() === undefined)(`clocks and silence (${ownKafkaMissing()})`, () => {
  let proxy: FaultProxy;
  let scene: FaultScene;
  beforeAll(async () => {
    proxy = await FaultProxy.open(kafkaProxyPorts() ?? { listen: 0, target: 0 });
    scene = await FaultScene.open({ settings: anyTimestamp });
    await scene.serve([proxy.address]);
  });
  afterAll(async () => {
    await scene.close();
    await proxy.close();
  });

  const watch = (wanted: (look: Look) => boolean, lastsMs = 0) =>
    watchUntil(scene, wanted, { maxStalenessMs: MAX_STALENESS_MS, lastsMs });

  it('of producers may be wrong by ten years: the order is that of the log, and no age is wrong by a second', async ({
    annotate,
  }) => {
    const statuses = timestamps.map((_, index) => `step ${index}`);
    const messages = timestamps.map((timestamp, index) => ({
      ...messageOf('T-clock', { status: 'open', subject: statuses[index] ?? '' }),
      timestamp: String(Math.trunc(timestamp)),
    }));
    for (const message of messages) await scene.producer.send({ topic: scene.tickets, messages: [message] });
    await scene.live.caughtUp();
    expect(await scene.subjectOf('T-clock')).toBe(statuses.at(-1));
    expect(await scene.timestamps(BigInt(timestamps.length))).toEqual(timestamps.map(Math.trunc));
    const idle = await watch(({ label }) => label === 'fresh');
    expect(idle.looks.at(-1)?.ageMs).toBeLessThanOrEqual(ERROR_MS_MAX);

    scene.live.service.materializer.hold();
    const sinceMs = performance.now();
    await scene.producer.send({ topic: scene.tickets, messages: messages.slice(0, 2) });
    const { looks } = await watch(({ atMs }) => atMs - sinceMs > HELD_MS, HELD_MS);
    scene.live.service.materializer.release();
    const errors = looks.map(({ atMs, ageMs }) => Math.abs((ageMs ?? Number.NaN) - (atMs - sinceMs)));
    expect(Math.max(...errors)).toBeLessThanOrEqual(ERROR_MS_MAX);
    expect(Math.min(...looks.map(({ ageMs }) => ageMs ?? Number.NaN))).toBeGreaterThanOrEqual(0);
    await scene.live.caughtUp();
    await annotate(`ages wrong by ${ms(Math.max(...errors))} at most`);
  });

  it('standing still with nothing to read is fresh for as long as it lasts', async ({ annotate }) => {
    await watch(({ label }) => label === 'fresh');
    const sinceMs = performance.now();
    const { looks } = await watch(({ atMs }) => atMs - sinceMs > IDLE_MS, IDLE_MS);
    expect(looks.filter(({ label }) => label !== 'fresh')).toEqual([]);
    const ageMsMax = Math.max(...looks.map(({ ageMs }) => ageMs ?? Number.NaN));
    expect(ageMsMax).toBeLessThanOrEqual(MAX_STALENESS_MS);
    await annotate(`${looks.length} looks, ages of ${ms(ageMsMax)} at most`);
  });

  it('behind brokers that are gone is stale within its bound, and fresh again when they are back', async ({
    annotate,
  }) => {
    const sinceMs = performance.now();
    await proxy.setFault({ kind: 'refuse' });
    const { bites } = proxy.counts;
    const { seenAtMs } = await watch(({ label }) => label === 'stale');
    await proxy.setFault({ kind: 'none' });
    const backMs = performance.now();
    const back = await watch(({ label }) => label === 'fresh');
    expect(bites).toBeGreaterThan(0);
    expect(countedMs(sinceMs, seenAtMs)).toBeLessThanOrEqual(MAX_STALENESS_MS + 1_000);
    await annotate(
      `stale after ${ms(seenAtMs - sinceMs)}, fresh ${ms(back.seenAtMs - backMs)} after the brokers were back`,
    );
  });
});
