import { describe, expect, it, vi } from 'vitest';
import { DrivenClock, newLog, recordOf, tenant, ticket, topics, World } from '../fixtures.test-support.js';
import { noCounts } from '../state/contract-kit.js';
import { type CatchUp, catchUp } from './catch-up.js';
import { Committer } from './committer.js';
import { Gate } from './gate.js';
import { reportsNothing } from './report.js';

const names = topics.sources.map(({ name }) => name);

describe('catching up', () => {
  it('ends at the end the log had at the call, and tells how far it is', async () => {
    const log = newLog(new DrivenClock());
    await log.append(Array.from({ length: 250 }, (_, n) => recordOf('ticket', `T-${n}`, ticket(`T-${n}`))));
    const told: CatchUp[] = [];
    const world = await World.open({ log });
    const signal = new AbortController().signal;
    await catchUp(log, world.state, names, { signal, onProgress: (progress) => told.push(progress) });
    expect((await world.state.through()).get('support.tickets:0')).toBe(249n);
    expect(told.at(-1)).toEqual({ appliedRecords: 250n, totalRecords: 250n });
    expect(told.map(({ appliedRecords }) => appliedRecords)).toEqual(
      told.map(({ appliedRecords }) => appliedRecords).sort((a, b) => Number(a - b)),
    );
  });

  it('of an empty log is over at once, and one that is given up ends too', async () => {
    const world = await World.open();
    const given = new AbortController();
    const watching = { signal: given.signal, onProgress: () => undefined };
    await catchUp(world.log, world.state, names, watching);
    world.parts.materializer.hold();
    await world.parts.intake.append(tenant, [ticket('T-1')]);
    const waiting = catchUp(world.log, world.state, names, watching);
    given.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('catching up with a store that fails', () => {
  it.each([0, 1])('is told to the caller, after %i looks, and to nobody else', async (looks) => {
    const world = await World.open();
    world.parts.materializer.hold();
    await world.parts.intake.append(tenant, [ticket('T-1')]);
    const { through } = world.state;
    let left = looks;
    vi.spyOn(world.state, 'through').mockImplementation(async () => {
      if (left-- <= 0) throw new Error('the store is away');
      return through.call(world.state);
    });
    const watching = { signal: new AbortController().signal, onProgress: () => undefined };
    const caught = expect(catchUp(world.log, world.state, names, watching)).rejects.toThrow('the store is away');
    const progress = [{ partition: 'crm.accounts:0' as const, through: 0n, counts: noCounts }];
    await vi.waitFor(() => expect(left).toBeLessThanOrEqual(0));
    await world.state.write({ progress, changes: [], replaced: [], decided: [], block: [] });
    await caught;
  });
});

describe('the committer', () => {
  const setting = async () => {
    const clock = new DrivenClock();
    const world = await World.open({ clock, log: newLog(clock) });
    const failures: unknown[] = [];
    const report = { ...reportsNothing, commitFailed: (error: unknown) => failures.push(error) };
    const stop = new AbortController();
    const running = new Committer({ log: world.log, state: world.state, clock, report }).run(stop.signal);
    const end = async () => {
      stop.abort();
      await running;
    };
    return { world, clock, failures, end };
  };

  it('commits what is applied and nothing ahead of it, at the latest when it ends', async () => {
    const { world, end } = await setting();
    await world.put(ticket('T-1'));
    world.parts.materializer.hold();
    await world.parts.intake.append(tenant, [ticket('T-2')]);
    await end();
    expect(await world.log.committed()).toEqual(new Map([['support.tickets:0', 0n]]));
  });

  it('tells a failure and tries again', async () => {
    const { world, clock, failures, end } = await setting();
    await world.put(ticket('T-1'));
    vi.spyOn(world.log, 'commit').mockRejectedValueOnce(new Error('unreachable'));
    clock.advance(1_000);
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    await end();
    expect(await world.log.committed()).toEqual(new Map([['support.tickets:0', 0n]]));
  });
});

describe('a gate', () => {
  it('lets everybody pass who waited once it is open, and nobody before', async () => {
    const gate = new Gate();
    gate.close();
    const passed: number[] = [];
    const never = new AbortController().signal;
    const waiting = [1, 2].map((n) => gate.opened(never).then(() => passed.push(n)));
    await new Promise(setImmediate);
    expect(passed).toEqual([]);
    gate.open();
    await Promise.all(waiting);
    expect(passed).toEqual([1, 2]);
  });

  it('lets those pass who give up', async () => {
    const gate = new Gate();
    gate.close();
    const stop = new AbortController();
    const waiting = gate.opened(stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
    await expect(gate.opened(stop.signal)).resolves.toBeUndefined();
  });
});
