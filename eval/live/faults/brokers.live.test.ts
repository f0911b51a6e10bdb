/** Three brokers that are killed and stopped under a service, by rows of the fault matrix: the leader killed (1), stopped (2), all killed (3). */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ticket } from '../../../src/fixtures.test-support.js';
import { size } from '../../prove/settings.js';
import { OwnBrokers } from '../brokers.js';
import type { Broker } from '../services/broker.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { type Answer, FaultedService, idsOf, partitionOfId } from './faulted-service.test-support.js';
import { Asking, Load } from './rounds.test-support.js';

const STALE_AFTER_MS = 2_000;
const worstAge = (answers: readonly Answer[]) => Math.max(...answers.map(({ ageMs }) => ageMs ?? 0));

describe.skipIf(kafkaUrl() === undefined)(`three brokers (${kafkaMissing()})`, () => {
  let brokers: OwnBrokers;
  let service: FaultedService;
  const brokerOf = (node: number): Broker => {
    const found = brokers.all.find(({ plan }) => plan.nodeId === node);
    if (found === undefined) throw new Error(`no broker ${node}`);
    return found;
  };
  /** Everything that was acknowledged is shown, and each record of the log was counted once. */
  const whole = async (load: Load, withinMs: number) => {
    await vi.waitFor(
      async () => {
        const { shown } = await service.peek();
        for (const [id, n] of load.acknowledged) expect([id, shown.get(id)]).toEqual([id, n]);
      },
      { timeout: withinMs },
    );
    const { counted, inLog } = await service.counted();
    expect(counted).toBe(inLog);
    expect(service.live.service.engines.log.troubles.size).toBe(0);
  };

  beforeAll(async () => {
    brokers = await OwnBrokers.start({ brokers: 3 });
    service = await FaultedService.on(brokers.servers, { replicas: 3, settings: { 'min.insync.replicas': '2' } });
    await service.restart();
  }, 120_000);
  afterAll(async () => {
    await service.close();
    await brokers.stop();
  });

  it('row 1: reads go on when the leader is killed, with their age, and everything is caught up within 30 s', async () => {
    const recording = await service.leaderOf(service.map.context, 0);
    const leaders = await Promise.all([0, 1, 2, 3].map((number) => service.leaderOf(service.tickets, number)));
    const victim = leaders.find((node) => node !== recording) ?? -1;
    const number = leaders.indexOf(victim);
    const load = new Load(service, idsOf(number, 4, 3));
    const asking = new Asking(() => service.peek(STALE_AFTER_MS));
    await vi.waitFor(() => expect(load.acknowledged.size).toBe(3));
    const before = new Map(load.acknowledged);
    await brokerOf(victim).kill();
    const killedAtMs = performance.now();
    const lead = () => service.leaderOf(service.tickets, number);
    await vi.waitFor(async () => expect([victim, -1]).not.toContain(await lead()), { timeout: 30_000 });
    await vi.waitFor(
      () =>
        expect(load.acknowledged.get(idsOf(number, 4, 1)[0] ?? '')).toBeGreaterThan(
          (before.get(idsOf(number, 4, 1)[0] ?? '') ?? 0) + 3,
        ),
      { timeout: 30_000 },
    );
    await load.stop();
    await whole(load, 30_000);
    const caughtUpMs = performance.now() - killedAtMs;
    const answers = (await asking.stop()).filter(({ atMs }) => atMs > killedAtMs);
    expect(caughtUpMs).toBeLessThan(30_000);
    expect(asking.refused).toEqual([]);
    expect(worstAge(answers)).toBeGreaterThan(1_000);
    expect(answers.filter(({ label, ageMs }) => label === 'fresh' && (ageMs ?? 0) > STALE_AFTER_MS)).toEqual([]);
    await brokers.restart();
  }, 120_000);

  it('row 3: when all brokers are killed the label is stale within its bound and 1 s, fresh again after, and each record counts once', async () => {
    const load = new Load(service, ['T-100', 'T-101', 'T-102']);
    await vi.waitFor(() => expect(load.acknowledged.size).toBe(3));
    const asking = new Asking(() => service.peek(STALE_AFTER_MS));
    await vi.waitFor(() => expect(asking.answers.at(-1)?.label).toBe('fresh'));
    const killedAtMs = performance.now();
    await Promise.all(brokers.all.map((broker) => broker.kill()));
    await vi.waitFor(() => expect(asking.answers.at(-1)?.label).toBe('stale'), { timeout: 10_000 });
    const flippedMs =
      (asking.answers.find(({ atMs, label }) => atMs > killedAtMs && label === 'stale')?.atMs ?? Number.NaN) -
      killedAtMs;
    await vi.waitFor(() => expect(performance.now() - killedAtMs).toBeGreaterThan(size(0, 60_000)), {
      timeout: 90_000,
    });
    await brokers.restart();
    await vi.waitFor(() => expect(asking.answers.at(-1)?.label).toBe('fresh'), { timeout: 30_000 });
    const acknowledged = new Map(load.acknowledged);
    await vi.waitFor(() => expect(load.acknowledged.get('T-100')).toBeGreaterThan(acknowledged.get('T-100') ?? 0), {
      timeout: 30_000,
    });
    await load.stop();
    await asking.stop();
    await whole(load, 30_000);
    expect(flippedMs).toBeLessThan(STALE_AFTER_MS + 1_000);
    expect(load.refused).toBeGreaterThan(0);
  }, 180_000);

  it('row 2: of what a stopped leader had and nobody else, 0 records are applied when it goes on', async () => {
    const number = 0;
    const [sound = '', tail = '', later = ''] = idsOf(number, 4, 12).slice(-3);
    expect(partitionOfId(tail, 4)).toBe(number);
    await service.feed('ticket', sound, ticket(sound, { n: 1 }));
    const old = brokerOf(await service.leaderOf(service.tickets, number));
    const followers = brokers.all.filter((one) => one !== old);
    for (const one of followers) one.pause();
    await vi.waitFor(() => expect(followers.every(({ isStopped }) => isStopped)).toBe(true));
    const lone: bigint[] = [];
    for (let n = 1; n <= 5; n++) lone.push((await service.feedLeader('ticket', tail, ticket(tail, { n }))).offset);
    old.pause();
    const stoppedAtMs = performance.now();
    for (const one of followers) one.resume();
    const others = followers.map(({ address }) => address);
    const lead = () => service.leaderOf(service.tickets, number, others);
    await service.renewProducer(others);
    await vi.waitFor(async () => expect([old.plan.nodeId, -1]).not.toContain(await lead()), { timeout: 30_000 });
    for (let n = 1; n <= 8; n++) await service.feed('ticket', later, ticket(later, { n }));
    await vi.waitFor(async () => expect((await service.peek()).shown.get(later)).toBe(8), { timeout: 30_000 });
    await vi.waitFor(() => expect(performance.now() - stoppedAtMs).toBeGreaterThan(size(0, 20_000)), {
      timeout: 30_000,
    });
    old.resume();
    const log = await service.logOf(service.tickets, number);
    const lost = lone.filter((offset) => log.get(offset) !== tail);
    expect(lost.length).toBeGreaterThan(0);
    expect(await service.journalOf(service.tickets, number)).toEqual(log);
    expect(service.live.service.engines.log.troubles.size).toBe(0);
  }, 120_000);
});
