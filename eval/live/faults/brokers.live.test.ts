/** Three brokers that are killed and stopped under a service, by rows of the fault matrix: the leader killed (1), stopped (2), all killed (3). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ticket } from '../../../src/fixtures.test-support.js';
import { size } from '../../prove/settings.js';
import { OwnBrokers } from '../brokers.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import type { Broker } from '../services/broker.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { type Answer, FaultedService, idsOf } from './faulted-service.test-support.js';
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
  /** The leader of a partition of tickets that does not lead the topic of records of snapshots: those go on. */
  const victimOf = async () => {
    const recording = await service.leaderOf(service.map.context, 0);
    const leaders = await Promise.all([0, 1, 2, 3].map((number) => service.leaderOf(service.tickets, number)));
    const victim = leaders.find((node) => node !== recording) ?? -1;
    return { victim, number: leaders.indexOf(victim) };
  };
  /** Records are acknowledged again. */
  const goesOn = (load: Load) => {
    const before = load.count;
    return eventually(() => expect(load.count).toBeGreaterThan(before + 3));
  };
  const unreachable = () => service.live.notices.filter((text) => text.includes('(unreachable)')).length;
  /** Somebody else than this one leads the partition. */
  const led = (node: number, number: number, servers = brokers.servers) =>
    eventually(async () => expect([node, -1]).not.toContain(await service.leaderOf(service.tickets, number, servers)));
  const lasted = (sinceMs: number, ms: number) =>
    eventually(() => expect(performance.now() - sinceMs).toBeGreaterThan(ms), { withinMs: 90_000 });
  /** Everything that was acknowledged is shown, and each record of the log was counted once. */
  const whole = async (load: Load, withinMs: number) => {
    await eventually(
      async () => {
        const { shown } = await service.peek();
        for (const [id, n] of load.acknowledged) expect([id, shown.get(id)]).toEqual([id, n]);
      },
      { withinMs },
    );
    const { counted, inLog } = await service.counted();
    expect(counted).toBe(inLog);
    expect(service.live.service.engines.log.troubles.size).toBe(0);
  };

  beforeAll(async () => {
    brokers = await OwnBrokers.start({ brokers: 3 });
    service = await FaultedService.on(brokers.servers, { replicas: 3, settings: { 'min.insync.replicas': '2' } });
    await service.restart();
  });
  afterAll(async () => {
    await service.close();
    await brokers.stop();
  });

  it('row 1: reads go on when the leader is killed, with their age, and everything is caught up within 30 s', async () => {
    const { victim, number } = await victimOf();
    const load = new Load(service, idsOf(number, 4, 3));
    const asking = new Asking(() => service.peek(STALE_AFTER_MS));
    await eventually(() => expect(load.acknowledged.size).toBe(3));
    await brokerOf(victim).kill();
    const killedAtMs = performance.now();
    await led(victim, number);
    await goesOn(load);
    await load.stop();
    await whole(load, 30_000);
    const caughtUpMs = countedMs(killedAtMs);
    const answers = (await asking.stop()).filter(({ atMs }) => atMs > killedAtMs);
    expect(caughtUpMs).toBeLessThan(30_000);
    expect(asking.refused).toEqual([]);
    expect(worstAge(answers)).toBeGreaterThan(1_000);
    expect(answers.filter(({ label, ageMs }) => label === 'fresh' && (ageMs ?? 0) > STALE_AFTER_MS)).toEqual([]);
    await brokers.restart();
  });

  it('row 3: when all brokers are killed the label is stale within its bound and 1 s, fresh again after, and each record counts once', async () => {
    const load = new Load(service, ['T-100', 'T-101', 'T-102']);
    await eventually(() => expect(load.acknowledged.size).toBe(3));
    const asking = new Asking(() => service.peek(STALE_AFTER_MS));
    await eventually(() => expect(asking.answers.at(-1)?.label).toBe('fresh'));
    const told = unreachable();
    const killedAtMs = performance.now();
    await Promise.all(brokers.all.map((broker) => broker.kill()));
    await eventually(() => expect(asking.answers.at(-1)?.label).toBe('stale'));
    const flipped = asking.answers.find(({ atMs, label }) => atMs > killedAtMs && label === 'stale');
    const flippedMs = countedMs(killedAtMs, flipped?.atMs ?? Number.NaN);
    await lasted(killedAtMs, size(0, 60_000));
    await brokers.restart();
    await eventually(() => expect(asking.answers.at(-1)?.label).toBe('fresh'));
    await goesOn(load);
    await load.stop();
    await asking.stop();
    await whole(load, 30_000);
    expect(flippedMs).toBeLessThan(STALE_AFTER_MS + 1_000);
    expect(unreachable()).toBeGreaterThan(told);
  });

  it('row 2: of what a stopped leader had and nobody else, 0 records are applied when it goes on', async () => {
    const number = 0;
    const [tail = '', later = ''] = idsOf(number, 4, 12).slice(-2);
    const old = brokerOf(await service.leaderOf(service.tickets, number));
    const followers = brokers.all.filter((one) => one !== old);
    for (const one of followers) one.pause();
    await eventually(() => expect(followers.every(({ isStopped }) => isStopped)).toBe(true));
    const lone: bigint[] = [];
    for (let n = 1; n <= 5; n++) lone.push((await service.feedLeader('ticket', tail, ticket(tail, { n }))).offset);
    old.pause();
    const stoppedAtMs = performance.now();
    for (const one of followers) one.resume();
    const others = followers.map(({ address }) => address);
    await service.renewProducer(others);
    await led(old.plan.nodeId, number, others);
    for (let n = 1; n <= 8; n++) await service.feed('ticket', later, ticket(later, { n }));
    await eventually(async () => expect((await service.peek()).shown.get(later)).toBe(8));
    await lasted(stoppedAtMs, size(0, 20_000));
    old.resume();
    const held = await service.journalOf(service.tickets, number);
    expect(lone.filter((offset) => held.get(offset) !== tail).length).toBeGreaterThan(0);
    const compared = async () => expect(await service.logOf(service.tickets, number)).toEqual(held);
    await eventually(compared, { everyMs: 500 });
    expect(await service.journalOf(service.tickets, number)).toEqual(held);
    expect(service.live.service.engines.log.troubles.size).toBe(0);
  });
});
