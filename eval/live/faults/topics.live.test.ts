/** Topics that change under a service, by rows of the fault matrix: made again (6), emptied (7), grown (9). */
import { afterEach, describe, expect, it } from 'vitest';
import { ticket } from '../../../src/fixtures.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../settings.js';
import { FaultedService, idsOf, partitionOfId } from './faulted-service.test-support.js';
import { Load } from './rounds.test-support.js';

const codes = ({ reasons }: { readonly reasons: readonly { readonly code: string }[] }) => [
  ...new Set(reasons.map(({ code }) => code)),
];

describe.skipIf(kafkaUrl() === undefined)(`topics that change (${kafkaMissing()})`, () => {
  let one: FaultedService;
  const open = async () => {
    one = await FaultedService.on(kafkaServers());
    return one;
  };
  afterEach(() => one.close());

  it('row 6: of a topic made again, 0 records are applied before that is accepted, and then all; old snapshots are of the old one', async () => {
    const service = await open();
    await service.feed('ticket', 'T-1', ticket('T-1', { n: 1 }));
    const { service: running } = await service.restart();
    const before = await service.ask();
    expect(before.shown).toEqual(new Map([['T-1', 1]]));
    await running.keeping?.checkpointer.write();
    await service.topics.recreate(service.tickets);
    await service.renewProducer();
    for (const id of ['T-1', 'T-2', 'T-3']) await service.feed('ticket', id, ticket(id, { n: 2 }));
    await eventually(async () => expect(codes(await service.ask())).toContain('recreated'));
    const during = await service.ask();
    expect([during.label, during.shown]).toEqual(['unknown', before.shown]);
    expect((await service.counted()).counted).toBe(1);
    expect(await service.accept(service.partition(0), 'recreated')).toBe('at_next_start');
    await service.restart();
    const after = await service.ask();
    expect([after.label, codes(after)]).toEqual(['fresh', []]);
    expect(Object.fromEntries(after.shown)).toEqual({ 'T-1': 2, 'T-2': 2, 'T-3': 2 });
    expect(await Promise.all([before, during, after].map(({ id }) => service.verdict(id)))).toEqual([
      'recreated',
      'recreated',
      'MATCH',
    ]);
  });

  it('row 7: records deleted before they were read are exactly 1 gap per partition, nothing behind it is read until it is accepted', async () => {
    const service = await open();
    const [of0, of1] = [idsOf(0, 4, 5), idsOf(1, 4, 5)];
    for (const ids of [of0, of1]) await service.feed('ticket', ids[0] ?? '', ticket(ids[0] ?? '', { n: 1 }));
    await service.restart();
    await service.end();
    for (const ids of [of0, of1]) for (const id of ids) await service.feed('ticket', id, ticket(id, { n: 2 }));
    for (const partition of [0, 1]) await service.topics.deleteRecords(service.tickets, partition, 4n);
    const live = await service.restart('open');
    await eventually(async () => expect((await service.ask()).label).toBe('gap'));
    const gaps = (await service.ask()).reasons.filter(({ code }) => code === 'gap');
    expect(gaps).toEqual(
      [0, 1].map((number) => ({ code: 'gap', partition: service.partition(number), from: '1', to: '4' })),
    );
    const applied = await live.service.engines.state.through();
    expect([0, 1].map((number) => applied.get(service.partition(number)))).toEqual([0n, 0n]);
    expect(await service.accept(service.partition(0), 'gap')).toBe('now');
    expect(await service.accept(service.partition(1), 'gap')).toBe('now');
    await live.caughtUp();
    const after = await service.ask();
    expect([after.label, codes(after)]).toEqual(['fresh', []]);
    const kept = [of0, of1].flatMap((ids) => [[ids[0], 1] as const, [ids[3], 2] as const, [ids[4], 2] as const]);
    expect(Object.fromEntries(after.shown)).toEqual(Object.fromEntries(kept));
    expect(live.notices.filter((text) => text.includes('--kind gap'))).toHaveLength(2);
    expect((await service.restart()).notices).toEqual([]);
  });

  const ids = Array.from({ length: 24 }, (_, number) => `T-${number}`);
  const isVersioned = (id: string) => Number(id.slice(2)) % 2 === 0;
  const moved = ids.filter((id) => partitionOfId(id, 12) >= 6);
  const unordered = moved.filter((id) => !isVersioned(id));
  const write = async (n: number) => {
    for (const id of ids) {
      const version = isVersioned(id) ? { entityversion: String(n) } : {};
      await one.feed('ticket', id, ticket(id, { n }, version));
    }
  };

  it('row 9: of a topic that grows from 6 to 12 partitions under load, keys with versions go on, and exactly the moved ones without are rejected', async () => {
    const service = await open();
    await service.topics.addPartitions(service.tickets, 6);
    await service.renewProducer();
    expect([...new Set(moved.map(isVersioned))]).toHaveLength(2);
    await write(1);
    const live = await service.restart();
    const load = new Load(service, idsOf(5, 12, 30).slice(-3));
    await service.topics.addPartitions(service.tickets, 12);
    await eventually(async () => expect(codes(await service.ask())).toContain('new_partition'));
    await load.stop();
    await service.renewProducer();
    await write(2);
    const during = await service.ask();
    expect(during.label).toBe('unknown');
    expect(moved.map((id) => during.shown.get(id))).toEqual(moved.map(() => 1));
    expect(live.notices.filter((text) => text.includes('--kind new_partition'))).toHaveLength(6);
    await service.accept(service.partition(6), 'new_partition');
    await service.restart();
    const after = await service.ask();
    const blocked = after.reasons.filter(({ code }) => code === 'blocked_key').map(({ ref }) => ref);
    expect(blocked.toSorted()).toEqual(unordered.map((id) => `ticket/${id}`).toSorted());
    for (const id of ids) expect([id, after.shown.get(id)]).toEqual([id, unordered.includes(id) ? 1 : 2]);
    expect(await service.counted()).toMatchObject({ counted: (await service.counted()).inLog });
  });
});
