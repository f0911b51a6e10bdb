import { describe, expect, it, vi } from 'vitest';
import type { PartitionKey } from '../domain/position.js';
import { account, caller, contextRequest, DrivenClock, ticket, World } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import type { PartitionTrouble } from '../log/trouble.js';
import { replayFull } from '../replay/full.js';
import { TroubledLog } from '../troubled-log.test-support.js';
import { reach } from './consistency.js';
import { judge } from './freshness.js';
import type { Consistency, ContextRequest } from './request.js';
import { troublesAmong } from './troubles.js';

const tickets: PartitionKey = 'support.tickets:0';
const age = (ageMs: number | null, behind = 0n) => ({ partition: tickets, ageMs, behind, through: 2n });
const sound = { ages: [age(10)], blocked: [], maxStalenessMs: 5_000, tokensCovered: true, retrieval: null };
const open: PartitionTrouble = { kind: 'blocked_at_lso', readableEnd: 6n };
const gap: PartitionTrouble = { kind: 'gap', from: 3n, to: 9n };
const lost: PartitionTrouble = { kind: 'gap', from: 1n, to: 9n };
const at = (trouble: PartitionTrouble, partition = tickets) => ({ partition, trouble });

describe('the label of an answer', () => {
  it('is fresh under a young open transaction and stale under an old one, and names it either way', () => {
    const reasons = [{ code: 'blocked_at_lso', partition: tickets, readableEnd: '6' }];
    const under = (ageMs: number, behind: bigint) =>
      judge({ ...sound, ages: [age(ageMs, behind)], troubles: [at(open)] });
    for (const behind of [0n, 4n]) {
      expect(under(5_000, behind)).toEqual({ label: 'fresh', ageMs: 5_000, reasons });
      expect(under(5_001, behind)).toEqual({ label: 'stale', ageMs: 5_001, reasons });
    }
  });

  it('is gap where records are lost, however young the state', () => {
    const reasons = [{ code: 'gap', partition: tickets, from: '3', to: '9' }];
    expect(judge({ ...sound, troubles: [at(gap)] })).toEqual({ label: 'gap', ageMs: 10, reasons });
  });

  it('is gap without an age where nothing but what was lost stands between a start and the end, else unknown', () => {
    const started = (through: bigint) => judge({ ...sound, ages: [{ ...age(null), through }], troubles: [at(gap)] });
    expect(started(2n)).toMatchObject({ label: 'gap', ageMs: null });
    expect(started(1n)).toMatchObject({ label: 'unknown', reasons: [{ code: 'never_caught_up' }, { code: 'gap' }] });
  });

  it.each<[PartitionTrouble, object]>([
    [{ kind: 'truncated', from: 7n }, { from: '7' }],
    [
      { kind: 'recreated', was: 'x', is: 'y' },
      { was: 'x', is: 'y' },
    ],
    [{ kind: 'topic_missing' }, {}],
    [{ kind: 'new_partition', partitions: 11 }, {}],
  ])('is unknown where the log is another than was read: %o', (trouble, facts) => {
    const reasons = [{ code: trouble.kind, partition: tickets, ...facts }];
    expect(judge({ ...sound, troubles: [at(trouble)] })).toEqual({ label: 'unknown', ageMs: 10, reasons });
  });

  it('is unknown under a transaction in a partition whose age nobody knows', () => {
    expect(judge({ ...sound, troubles: [at(open, 'support.tickets:7')] }).label).toBe('unknown');
    const unread = judge({ ...sound, ages: [age(null)], troubles: [at(open)] });
    expect([unread.label, unread.reasons.map(({ code }) => code)]).toEqual([
      'unknown',
      ['never_caught_up', 'blocked_at_lso'],
    ]);
  });
});

describe('the troubles of an answer', () => {
  const all: readonly (readonly [PartitionKey, PartitionTrouble])[] = [
    ['crm.accounts:0', gap],
    ['support.tickets:2', gap],
    ['support.tickets:10', { kind: 'new_partition', partitions: 11 }],
  ];

  it('are those of its topics, in one order, partitions its topics have grown by among them', () => {
    for (const given of [all, all.toReversed()]) {
      const found = troublesAmong(new Map(given), ['crm.accounts:0', tickets]);
      expect(found.map(({ partition }) => partition)).toEqual(all.map(([partition]) => partition));
    }
    expect(troublesAmong(new Map(all), ['crm.accounts:0'])).toEqual([at(gap, 'crm.accounts:0')]);
    expect(troublesAmong(new Map(all), ['support.policies:0'])).toEqual([]);
  });
});

async function troubled(pace: 'standing' | 'rushing' = 'standing') {
  const clock = new DrivenClock(pace);
  const log = new TroubledLog(clock);
  const world = await World.open({ clock, log });
  await world.put(account('A-1'), ticket('T-1'));
  return { clock, log, world, witness: world.parts.witness };
}

describe('the witness', () => {
  const ageOf = async ({ world, witness }: Awaited<ReturnType<typeof troubled>>, partition: PartitionKey) =>
    witness.ages([partition], await world.state.through())[0]?.ageMs;

  it.each<PartitionTrouble>([gap, { kind: 'truncated', from: 0n }, { kind: 'recreated', was: 'x', is: 'y' }])(
    'proves nothing of a partition that is not read on, whatever end the log tells: %o',
    async (trouble) => {
      const one = await troubled();
      await one.witness.look();
      one.log.found.set(tickets, trouble);
      one.clock.advance(9_000);
      await one.witness.look();
      expect([await ageOf(one, tickets), await ageOf(one, 'crm.accounts:0')]).toEqual([9_000, 0]);
      one.log.found.clear();
      one.clock.advance(limits.witnessFreshMs);
      await one.witness.look();
      expect(await ageOf(one, tickets)).toBe(0);
    },
  );

  it('goes on asking under an open transaction: everything before it may be read', async () => {
    const one = await troubled();
    one.log.found.set(tickets, open);
    await one.witness.look();
    expect(await ageOf(one, tickets)).toBe(0);
  });
});

describe('a read of a partition in trouble', () => {
  const consistency = (more: Partial<Consistency>): Consistency => ({ ...contextRequest().consistency, ...more });
  const reading = async (trouble: PartitionTrouble) => {
    const one = await troubled();
    one.log.found.set(tickets, trouble);
    const parts = { state: one.world.state, witness: one.witness, clock: one.clock };
    return { ...one, reach: (more: Partial<Consistency>) => reach(parts, consistency(more), [tickets]) };
  };

  it.each<PartitionTrouble>([gap, { kind: 'new_partition', partitions: 11 }])(
    'is refused without waiting, since waiting brings nothing: %o',
    async (trouble) => {
      const { reach } = await reading(trouble);
      const refused = { kind: 'refused', why: 'stale', waitedMs: 0, troubles: [at(trouble)] };
      expect(await reach({ onViolation: 'wait' })).toMatchObject(refused);
      expect(await reach({ onViolation: 'refuse' })).toMatchObject(refused);
      expect(await reach({ onViolation: 'mark' })).toEqual({ kind: 'marked', tokensCovered: true });
    },
  );

  it('is met once the trouble has been accepted', async () => {
    const { reach, log } = await reading(gap);
    await log.accept(tickets, 'gap');
    expect(await reach({})).toEqual({ kind: 'met' });
  });

  it('waits for an open transaction, which may end in time', async () => {
    const { reach, world, clock } = await reading(open);
    world.parts.materializer.hold();
    await world.parts.intake.append('acme', [ticket('T-2')]);
    const asked = reach({ level: 'latest' });
    await vi.waitFor(() => expect(clock.sleepers).toBeGreaterThan(0));
    world.parts.materializer.release();
    expect(await asked).toEqual({ kind: 'met' });
  });
});

describe('a snapshot of topics in trouble', () => {
  const ask = async (world: World, more: Partial<ContextRequest> = {}) => {
    const marked = { ...contextRequest().consistency, onViolation: 'mark' } as const;
    const result = await world.parts.snapshots.snapshot(contextRequest({ consistency: marked, ...more }), caller);
    if (result.kind !== 'released') throw new Error(result.kind);
    return { id: result.id, freshness: JSON.parse(result.body).freshness };
  };

  it('says so while it lasts, and its replay takes that from the record', async () => {
    const { world, log, clock } = await troubled('rushing');
    log.found.set(tickets, lost).set('crm.accounts:4', { kind: 'new_partition', partitions: 11 });
    const { id, freshness } = await ask(world);
    expect(freshness).toMatchObject({
      label: 'unknown',
      reasons: [{ code: 'new_partition' }, { code: 'gap', to: '9' }],
    });
    log.found.clear();
    clock.advance(limits.witnessFreshMs);
    expect((await ask(world)).freshness).toMatchObject({ label: 'fresh', reasons: [] });
    log.found.set(tickets, lost);
    expect((await ask(world)).freshness).toMatchObject({ label: 'gap' });
    const finding = await world.parts.audit.find('acme', id);
    if (finding?.kind !== 'found') throw new Error('not on record');
    expect(await replayFull(world.parts.replay, finding.entry)).toMatchObject({ verdict: 'MATCH' });
  });

  it('says nothing of topics it does not come from', async () => {
    const { world, log } = await troubled('rushing');
    log.found.set(tickets, gap);
    expect((await ask(world, { kinds: ['account'] })).freshness).toMatchObject({ label: 'fresh', reasons: [] });
  });
});
