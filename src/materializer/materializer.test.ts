import { describe, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { kinds } from '../domain/kinds/index.js';
import { recordKey } from '../domain/record-key.js';
import {
  DrivenClock,
  keyOf,
  newLog,
  patch,
  recordOf,
  remove,
  tenant,
  ticket,
  topics,
  World,
} from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import type { NewRecord } from '../log/port.js';
import { ownTopics } from '../log/topics.js';
import type { StateWrite } from '../state/port.js';
import { conservation } from '../streams.test-support.js';
import { type MaterializerReport, reportsNothing } from './report.js';

type Mishap = 'fails' | 'conflicts' | 'is lost on the way back';

/** A store to which the given writes happen, one after the other; then it works. */
class UnluckyState extends MemoryState {
  readonly mishaps: Mishap[];

  constructor(...mishaps: Mishap[]) {
    super();
    this.mishaps = mishaps;
  }

  override async write(write: StateWrite) {
    const mishap = this.mishaps.shift();
    if (mishap === 'fails') throw new Error('unreachable');
    if (mishap === 'conflicts') return { kind: 'conflict' as const, keys: [] };
    const result = await super.write(write);
    if (mishap === 'is lost on the way back') throw new Error('timeout');
    return result;
  }
}

function counting() {
  const told: string[] = [];
  const report: MaterializerReport = {
    ...reportsNothing,
    applied: (partition, records) => told.push(`${partition} applied ${records}`),
    conflicted: (partition) => told.push(`${partition} conflicted`),
    writeFailed: (partition) => told.push(`${partition} failed`),
    decisionIgnored: (id, why) => told.push(`${id} ignored: ${why}`),
  };
  return { told, report };
}

const subjectOf = async (world: World, id = 'T-1') => {
  const [entity] = await world.state.entities([keyOf('ticket', id)]);
  return entity?.status === 'present' ? JSON.parse(entity.json).subject : entity?.status;
};

async function expectCountedOnce(world: World): Promise<void> {
  const counts = await conservation(world);
  expect(counts.length).toBeGreaterThan(0);
  for (const [counted, there] of counts) expect(counted).toBe(there);
}

describe('a write that goes wrong', () => {
  const stream: readonly NewRecord[] = [
    recordOf('ticket', 'T-1', ticket('T-1', { subject: 'one' })),
    recordOf('ticket', 'T-1', '{'),
    recordOf('ticket', 'T-1', patch('ticket', 'T-1', { subject: 'two' })),
    recordOf('ticket', 'T-2', ticket('T-2')),
  ];

  it.each<[string, Mishap[], string[]]>([
    ['failed', ['fails', 'fails'], ['failed', 'failed']],
    ['met another owner', ['conflicts', 'conflicts'], ['conflicted', 'conflicted']],
    ['succeeded unheard', ['is lost on the way back'], ['failed']],
    [
      'failed, conflicted and succeeded unheard',
      ['fails', 'conflicts', 'is lost on the way back'],
      ['failed', 'conflicted', 'failed'],
    ],
  ])('because it %s is done again: nothing is skipped, nothing counted twice', async (_how, mishaps, expected) => {
    const { told, report } = counting();
    const world = await World.open({ state: new UnluckyState(...mishaps), report });
    await world.produce(...stream);
    // Letters are read back beside the records they are about: a mishap may be theirs.
    expect(told.filter((line) => !line.includes('applied')).map((line) => line.split(' ')[1])).toEqual(expected);
    const conflicts = expected.filter((one) => one === 'conflicted').length;
    expect(world.parts.materializer.tally).toEqual({ conflicts, regresses: 0 });
    expect(await subjectOf(world)).toBe('two');
    expect(world.parts.rejected.list(null)).toHaveLength(1);
    expect((await world.state.progress()).get('support.tickets:0')?.counts).toMatchObject({ applied: 3, rejected: 1 });
    await expectCountedOnce(world);
  });

  it.each<[Mishap, Mishap]>([
    ['fails', 'fails'],
    ['conflicts', 'conflicts'],
    ['fails', 'conflicts'],
    ['is lost on the way back', 'fails'],
  ])('(%s, then %s) does not lose the decision it was to carry out', async (...mishaps) => {
    const state = new UnluckyState();
    const world = await World.open({ state });
    await world.produce(...stream);
    state.mishaps.push(...mishaps);
    const repaired = recordOf('ticket', 'T-1', patch('ticket', 'T-1', { priority: 'high' })).value;
    await world.parts.rejected.decide('support.tickets:0:1', { kind: 'redriven', repaired });
    await world.settle();
    const [entity] = await state.entities([keyOf('ticket', 'T-1')]);
    expect(entity?.status === 'present' && JSON.parse(entity.json)).toMatchObject({ priority: 'high', subject: 'two' });
    expect((await state.account(tenant, 'A-1')).blocked).toEqual([]);
    const decided = () => world.parts.rejected.find('support.tickets:0:1')?.decision;
    await vi.waitFor(() => expect(decided()).toMatchObject({ kind: 'redriven' }));
    await expectCountedOnce(world);
  });
});

describe('a rejected record', () => {
  it('gets a letter with its bytes, key, headers and reason, and blocks its key until full state comes', async () => {
    const world = await World.open();
    const headers = [['trace', new Uint8Array([1, 2])]] as const;
    const { value } = recordOf('ticket', 'T-1', '{"broken');
    const key = Uint8Array.from(recordKey(tenant, 'T-1'));
    await world.produce({ topic: 'support.tickets', key, headers, value });
    const [letter] = world.parts.rejected.list(tenant);
    expect(letter).toMatchObject({ id: 'support.tickets:0:0', rejection: { reason: 'not_json' } });
    expect(await world.parts.rejected.bytesOf(letter?.id ?? '')).toMatchObject({ key, headers, value });
    expect((await world.state.account(tenant, 'A-1')).blocked).toHaveLength(1);
    await world.put(ticket('T-1'));
    expect((await world.state.account(tenant, 'A-1')).blocked).toEqual([]);
  });

  it('leaves later patches of its key applied, and the key blocked', async () => {
    const world = await World.open();
    await world.put(ticket('T-1'));
    await world.produce(
      recordOf('ticket', 'T-1', '{'),
      recordOf('ticket', 'T-1', patch('ticket', 'T-1', { subject: 'new' })),
    );
    expect(await subjectOf(world)).toBe('new');
    expect((await world.state.account(tenant, 'A-1')).blocked).toMatchObject([{ rejected: 'support.tickets:0:1' }]);
  });

  it('blocks both accounts when it would have moved its key, and no third', async () => {
    const world = await World.open();
    await world.put(ticket('T-1', { accountId: 'A-1' }));
    await world.produce(recordOf('ticket', 'T-1', ticket('T-1', { accountId: 'A-2' }, { entityversion: 'x' })));
    for (const id of ['A-1', 'A-2']) expect((await world.state.account(tenant, id)).blocked).toHaveLength(1);
  });

  it('of an interaction blocks no answer: it would have changed no entity', async () => {
    const world = await World.open();
    const value = new TextEncoder().encode('{');
    await world.produce({ topic: 'copilot.tool', key: null, headers: [], value });
    expect(world.parts.rejected.list(null)).toHaveLength(1);
    expect((await world.state.account(tenant, 'A-1')).blocked).toEqual([]);
  });

  it('too large for a second copy neither sticks the partition nor is lost', async () => {
    const world = await World.open();
    const value = new Uint8Array(1_040_000).fill(120);
    await world.produce({ ...recordOf('ticket', 'T-1', ''), value }, recordOf('ticket', 'T-2', ticket('T-2')));
    expect(await subjectOf(world, 'T-2')).toBe('broken');
    expect((await world.parts.rejected.bytesOf('support.tickets:0:0'))?.value?.length).toBe(1_040_000);
  });

  it('under another key than its own does not stick the partition', async () => {
    const sources = topics.sources.map((topic) => ({ name: topic.name, partitions: 2 }));
    const own = ownTopics(topics).map((name) => ({ name, partitions: 1 }));
    const log = new MemoryLog({ id: 'log-1', topics: [...sources, ...own], clock: () => 0 });
    const world = await World.open({ log });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => new TextEncoder().encode(key));
    await world.produce(...keys.map((key, n) => ({ ...recordOf('ticket', 'T-1', ticket('T-1', { n })), key })));
    const reasons = world.parts.rejected.list(null).map(({ rejection }) => rejection.reason);
    expect(new Set(reasons)).toEqual(new Set(['key_mismatch']));
    await expectCountedOnce(world);
  });
});

describe('a record that brings a fault of ours to light', () => {
  it('is rejected and stops nothing, whatever it shares a slice with; mended, it can be redriven', async () => {
    const { facets } = kinds.ticket;
    const faulty = vi.spyOn(kinds.ticket, 'facets').mockImplementation((data) => {
      if (data.subject === 'poison') throw new TypeError('a bug');
      return facets(data);
    });
    const { told, report } = counting();
    const world = await World.open({ report });
    await world.produce(
      recordOf('ticket', 'T-1', ticket('T-1', { subject: 'poison' })),
      recordOf('ticket', 'T-2', ticket('T-2', { subject: 'sound' })),
    );
    expect(await subjectOf(world, 'T-2')).toBe('sound');
    expect(world.parts.rejected.list(null)).toMatchObject([{ rejection: { reason: 'internal_error' } }]);
    expect(told.filter((line) => line.includes('failed'))).toEqual([]);
    await expectCountedOnce(world);
    faulty.mockRestore();
    await world.parts.rejected.decide('support.tickets:0:0', { kind: 'redriven', repaired: null });
    await world.settle();
    expect(await subjectOf(world)).toBe('poison');
    await expectCountedOnce(world);
  });
});

describe('a decision', () => {
  it('that the fold has not come to yet waits for it', async () => {
    const first = await World.open();
    await first.produce(recordOf('ticket', 'T-1', ticket('T-1', { subject: 'one' })), recordOf('ticket', 'T-1', '{'));
    await first.stop();
    const world = await World.open({ log: first.log, clock: first.clock });
    const repaired = recordOf('ticket', 'T-1', ticket('T-1', { subject: 'repaired' })).value;
    await world.parts.rejected.decide('support.tickets:0:1', { kind: 'redriven', repaired });
    await world.settle();
    expect(await subjectOf(world)).toBe('repaired');
    expect((await world.state.progress()).get('support.tickets:0')?.counts).toMatchObject({ applied: 2, rejected: 0 });
  });

  it('to discard lifts the mark and folds nothing', async () => {
    const world = await World.open();
    await world.put(ticket('T-1', { subject: 'kept' }));
    await world.produce(recordOf('ticket', 'T-1', '{'));
    await world.parts.rejected.decide('support.tickets:0:1', { kind: 'discarded' });
    await world.settle();
    expect(await subjectOf(world)).toBe('kept');
    expect((await world.state.account(tenant, 'A-1')).blocked).toEqual([]);
    expect((await world.state.progress()).get('support.tickets:0')?.counts.rejected).toBe(1);
  });

  it.each([
    ['another key', JSON.stringify(ticket('T-2'))],
    ['no event at all', 'text'],
  ])('whose repair is about %s is refused, told, and has no effect after a restart either', async (_what, repair) => {
    const { told, report } = counting();
    const world = await World.open({ report });
    await world.produce(recordOf('ticket', 'T-1', '{'));
    const repaired = new TextEncoder().encode(repair);
    await world.parts.rejected.decide('support.tickets:0:0', { kind: 'redriven', repaired });
    await world.settle();
    expect(told).toContain('support.tickets:0:0 ignored: other_key');
    for (const one of [world, await world.reopen()]) {
      expect(await subjectOf(one, 'T-2')).toBeUndefined();
      expect((await one.state.account(tenant, 'A-1')).blocked).toHaveLength(1);
    }
  });

  it('that turns a later record away writes its letter', async () => {
    const world = await World.open();
    await world.produce(recordOf('ticket', 'T-1', '{'));
    await world.put(ticket('T-1', { n: 1 }));
    const repaired = recordOf('ticket', 'T-1', ticket('T-1', {}, { entityversion: '1' })).value;
    await world.parts.rejected.decide('support.tickets:0:0', { kind: 'redriven', repaired });
    await world.settle();
    const reasons = world.parts.rejected.list(null).map(({ id, rejection }) => `${id} ${rejection.reason}`);
    expect(reasons).toEqual(['support.tickets:0:1 version_mixed', 'support.tickets:0:0 not_json']);
  });
});

describe('the loop', () => {
  it('applies nothing while it is held, and everything once it is released', async () => {
    const world = await World.open();
    await world.put(ticket('T-1', { subject: 'before' }));
    world.parts.materializer.hold();
    expect(world.parts.materializer.states.get('support.tickets:0')).toBe('held');
    await world.parts.intake.append(tenant, [ticket('T-1', { subject: 'after' })]);
    await new Promise(setImmediate);
    expect(await subjectOf(world)).toBe('before');
    world.parts.materializer.release();
    await world.settle();
    expect(await subjectOf(world)).toBe('after');
    await vi.waitFor(() => expect(world.parts.materializer.states.get('support.tickets:0')).toBe('live'));
  });

  it('is stopped in every partition at its end, and can be stopped while it is held', async () => {
    const world = await World.open();
    await world.put(ticket('T-1'), remove('ticket', 'T-1'));
    world.parts.materializer.hold();
    await world.parts.intake.append(tenant, [ticket('T-2')]);
    await world.stop();
    expect(new Set(world.parts.materializer.states.values())).toEqual(new Set(['stopped']));
  });

  it.each([
    ['cannot say', () => Promise.reject(new Error('unreachable'))],
    ['does not say', () => new Promise<never>(() => undefined)],
  ])('goes on when the log %s where its end is', async (_how, answer) => {
    const clock = new DrivenClock('rushing');
    const log = newLog(clock);
    const world = await World.open({ log, clock });
    const ends = vi.spyOn(log, 'ends').mockImplementation(answer);
    await log.append([recordOf('ticket', 'T-1', ticket('T-1', { subject: 'one' }))]);
    await vi.waitFor(async () => expect(await subjectOf(world)).toBe('one'));
    expect(world.parts.materializer.states.get('support.tickets:0')).not.toBe('live');
    ends.mockRestore();
    await world.produce(recordOf('ticket', 'T-1', ticket('T-1', { subject: 'two' })));
    expect(await subjectOf(world)).toBe('two');
  });

  it('begins and goes on where the state cannot say how far it is, as soon as it can', async () => {
    const { told, report } = counting();
    const state = new MemoryState();
    const away = new Error('away');
    const ask = vi.spyOn(state, 'through').mockRejectedValueOnce(away).mockRejectedValueOnce(away);
    const world = await World.open({ state, report });
    await vi.waitFor(() => expect(told).toEqual(['copilot.rejected:0 failed', 'copilot.rejected:0 failed']));
    await world.put(ticket('T-1', { subject: 'one' }));
    ask.mockRejectedValueOnce(away);
    await world.log.append([recordOf('ticket', 'T-1', ticket('T-1', { subject: 'two' }))]);
    await vi.waitFor(async () => expect(await subjectOf(world)).toBe('two'));
    await expectCountedOnce(world);
  });

  it('asks for the end again after pauses that double, and after the last of them no more', async () => {
    const clock = new DrivenClock('rushing');
    const log = newLog(clock);
    const world = await World.open({ log, clock });
    const slept = vi.spyOn(clock, 'sleep');
    vi.spyOn(log, 'ends').mockRejectedValue(new Error('unreachable'));
    await log.append([recordOf('ticket', 'T-1', ticket('T-1'))]);
    const pauses = () => slept.mock.calls.map(([ms]) => ms).filter((ms) => ms !== limits.logAskMs);
    await vi.waitFor(() => expect(pauses()).toHaveLength(16));
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    expect(pauses()).toEqual(Array.from({ length: 16 }, (_, n) => 200 * 2 ** n));
    expect(world.parts.materializer.states.get('support.tickets:0')).toBe('catching_up');
  });

  it('has caught up with the decisions of an empty topic though its first look at the state failed', async () => {
    const state = new MemoryState();
    vi.spyOn(state, 'through').mockRejectedValueOnce(new Error('away'));
    const { parts } = await World.open({ state });
    await vi.waitFor(() => expect(parts.materializer.states.get('copilot.rejected:0')).toBe('live'));
  });
});
