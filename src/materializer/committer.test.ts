import { describe, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { DrivenClock, recordOf, ticket, topics } from '../fixtures.test-support.js';
import { topicsToOpen } from '../log/topics.js';
import { Committer } from './committer.js';
import { reportsNothing } from './report.js';

const partition = 'support.tickets:0';

/** Ten records in the log, of which `appliedCount` are in the state. */
async function open(appliedCount: number, log = new TestLog()) {
  await log.append(Array.from({ length: 10 }, (_, i) => recordOf('ticket', `T-${i}`, ticket(`T-${i}`))));
  const state = new MemoryState();
  const apply = async (count: number) => {
    const counts = { applied: count, superseded: 0, duplicate: 0, rejected: 0 };
    const through = ((await state.through()).get(partition) ?? -1n) + BigInt(count);
    await state.write({
      progress: [{ partition, through, counts }],
      changes: [],
      replaced: [],
      decided: [],
      block: [],
    });
  };
  if (appliedCount > 0) await apply(appliedCount);
  return { log, state, apply };
}

class TestLog extends MemoryLog {
  failing = false;
  commits = 0;

  constructor() {
    super({ topics: topicsToOpen(topics), clock: () => 0 });
  }

  override async commit(through: ReadonlyMap<typeof partition, bigint>): Promise<void> {
    this.commits++;
    if (this.failing) throw new Error('the log is away');
    await super.commit(through);
  }
}

/** Does the next of `rounds` at every pause, and ends what runs when there is none left. */
class RoundsClock extends DrivenClock {
  readonly stop = new AbortController();

  constructor(readonly rounds: (() => void)[]) {
    super('rushing');
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const next = this.rounds.shift();
    if (next === undefined) this.stop.abort();
    next?.();
    await super.sleep(ms, signal);
  }
}

async function run(
  { log, state, isCommitting = () => true }: Awaited<ReturnType<typeof open>> & { isCommitting?: () => boolean },
  rounds: (() => void)[],
  failures: unknown[] = [],
) {
  const clock = new RoundsClock(rounds);
  const report = { ...reportsNothing, commitFailed: (error: unknown) => void failures.push(error) };
  await new Committer({ log, state, clock, report, isCommitting }).run(clock.stop.signal);
}

describe('what the log is told', () => {
  it('is what is applied and never more, however much it holds (P1)', async () => {
    const world = await open(4);
    await run(world, [() => undefined]);
    expect(await world.log.committed()).toEqual(new Map([[partition, 3n]]));
    expect((await world.log.ends()).get(partition)).toBe(10n);
  });

  it('is nothing while nothing is applied, and nothing twice', async () => {
    const world = await open(0);
    await run(world, [() => undefined, () => undefined]);
    expect(world.log.commits).toBe(0);
    await world.apply(2);
    await run(world, [() => undefined, () => undefined]);
    expect(world.log.commits).toBe(1);
  });

  it('is told by the one instance whose work it is, as soon as it is', async () => {
    const world = { ...(await open(4)), isOurs: false };
    const isCommitting = () => world.isOurs;
    await run({ ...world, isCommitting }, [() => undefined, () => undefined]);
    expect(world.log.commits).toBe(0);
    world.isOurs = true;
    await run({ ...world, isCommitting }, [() => undefined]);
    expect(await world.log.committed()).toEqual(new Map([[partition, 3n]]));
  });

  it('is told again after a commit that failed, which is reported', async () => {
    const world = await open(4);
    const failures: unknown[] = [];
    world.log.failing = true;
    const mend = () => {
      world.log.failing = false;
    };
    await run(world, [() => undefined, mend], failures);
    expect(failures).toEqual([new Error('the log is away')]);
    expect(await world.log.committed()).toEqual(new Map([[partition, 3n]]));
  });

  it('is told later where the state cannot be asked how far it is, and that is reported', async () => {
    const world = await open(4);
    const failures: unknown[] = [];
    const ask = vi.spyOn(world.state, 'through').mockRejectedValueOnce(new Error('the state is away'));
    await run(world, [() => undefined], failures);
    expect(failures).toEqual([new Error('the state is away')]);
    expect(await world.log.committed()).toEqual(new Map([[partition, 3n]]));
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
