import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import type { PartitionKey } from '../domain/position.js';
import { DrivenClock } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { judge } from './freshness.js';
import { Witness } from './witness.js';

const [a, b]: readonly [PartitionKey, PartitionKey] = ['a:0', 'b:0'];
type Ends = ReadonlyMap<PartitionKey, bigint>;

/** A log whose end can be out of reach, or told late. */
class FarLog extends MemoryLog {
  manner: 'at once' | 'never' | 'late' = 'at once';
  readonly #waiting: (() => void)[] = [];

  override async ends(): Promise<Ends> {
    if (this.manner === 'never') throw new Error('unreachable');
    const ends = await super.ends();
    if (this.manner === 'late') await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return ends;
  }

  /** Answers the question that has waited longest, or with `newest` the last one. */
  answer(newest = false): void {
    (newest ? this.#waiting.pop() : this.#waiting.shift())?.();
  }
}

function setting() {
  const clock = new DrivenClock();
  const topics = ['a', 'b'].map((name) => ({ name, partitions: 1 }));
  const log = new FarLog({ id: 'log-1', topics, clock: () => clock.wallMs() });
  const through = new Map<PartitionKey, bigint>();
  const witness = new Witness(log, async () => new Map(through), clock);
  const append = async (topic = 'a') => {
    const [position] = await log.append([{ topic, key: null, headers: [], value: null }]);
    return position?.offset ?? -1n;
  };
  const ageOf = (partition: PartitionKey) => witness.ages([partition], through)[0]?.ageMs;
  return { clock, log, through, witness, append, ageOf };
}

describe('the witness of freshness', () => {
  it('knows nothing before it has looked', () => {
    expect(setting().ageOf(a)).toBeNull();
  });

  it('keeps an idle partition fresh, look after look', async () => {
    const { clock, witness, ageOf } = setting();
    for (let minutes = 0; minutes < 10; minutes++) {
      await witness.look();
      expect(ageOf(a)).toBe(0);
      clock.advance(60_000);
      expect(ageOf(a)).toBe(60_000);
    }
  });

  it('knows nothing of a state that has gone back, until that is where the log is', async () => {
    const { clock, through, witness, append, ageOf } = setting();
    await witness.look();
    through.set(a, await append());
    clock.advance(1_000);
    await witness.look();
    // Both ends, of no record and of one, were proven of the state before.
    through.delete(a);
    clock.advance(1_000);
    await witness.look();
    expect([ageOf(a), ageOf(b)]).toEqual([null, 0]);
    through.set(a, 0n);
    await witness.look();
    expect(ageOf(a)).toBe(0);
  });

  it('lets a partition grow old whose consumer has stopped', async () => {
    const { clock, witness, append, ageOf } = setting();
    await witness.look();
    await append();
    clock.advance(1_000);
    await witness.look();
    clock.advance(4_000);
    await witness.look();
    expect(ageOf(a)).toBe(5_000);
    expect(ageOf(b)).toBe(0);
    expect(witness.ages([a], new Map())[0]?.behind).toBe(1n);
  });

  it('lets every partition grow old while the log cannot be reached', async () => {
    const { clock, log, witness, ageOf } = setting();
    await witness.look();
    log.manner = 'never';
    clock.advance(3_000);
    await witness.look();
    expect(ageOf(a)).toBe(3_000);
    expect(await witness.end()).toBeUndefined();
  });

  it('dates what it has proven by when it asked, not by when it was answered', async () => {
    const { clock, log, witness, ageOf } = setting();
    log.manner = 'late';
    const look = witness.look();
    clock.advance(700);
    await new Promise(setImmediate);
    log.answer();
    await look;
    expect(ageOf(a)).toBe(700);
  });

  it('reads an end that comes up later as proof of the moment it was asked for', async () => {
    const { clock, through, witness, append, ageOf } = setting();
    const offset = await append();
    await witness.look();
    expect(ageOf(a)).toBeNull();
    clock.advance(5);
    through.set(a, offset);
    await witness.look();
    expect(ageOf(a)).toBe(5);
  });

  it('moves on under a consumer that is always a little behind', async () => {
    const { clock, through, witness, append, ageOf } = setting();
    for (let n = 0; n < 200; n++) {
      const offset = await append();
      clock.advance(limits.witnessFreshMs);
      if (offset >= 5n) through.set(a, offset - 5n);
      await witness.look();
    }
    expect(ageOf(a)).toBeLessThanOrEqual(8 * limits.witnessFreshMs);
  });

  it('moves on in one partition while another is stuck', async () => {
    const { clock, through, witness, append, ageOf } = setting();
    await append('b');
    for (let n = 0; n < 100; n++) {
      const offset = await append();
      clock.advance(limits.witnessFreshMs);
      await witness.look();
      through.set(a, offset);
    }
    await witness.look();
    expect(ageOf(a)).toBeLessThanOrEqual(2 * limits.witnessFreshMs);
    expect(ageOf(b)).toBeNull();
  });

  it('outlives a state that cannot be asked, proves nothing meanwhile, and goes on when it is back', async () => {
    const { clock, log, append } = setting();
    const through = new Map([[a, await append()]]);
    const asked = vi.fn<() => Promise<typeof through>>(async () => through);
    asked.mockRejectedValueOnce(new Error('away')).mockRejectedValueOnce(new Error('away'));
    const witness = new Witness(log, asked, clock);
    const stop = new AbortController();
    const running = witness.run(stop.signal);
    for (let looks = 1; looks <= 3; looks++) {
      await vi.waitFor(() => expect([asked.mock.calls.length, clock.sleepers > 0]).toEqual([looks, true]));
      expect(witness.ages([a], through)[0]?.ageMs === null).toBe(looks < 3);
      clock.advance(limits.witnessTickMs);
    }
    stop.abort();
    await running;
  });

  it('says of an older state only what was proven of it', async () => {
    const { clock, through, witness, append } = setting();
    await witness.look();
    const before = new Map(through);
    clock.advance(1_000);
    through.set(a, await append());
    await witness.look();
    expect(witness.ages([a], through)[0]?.ageMs).toBe(0);
    expect(witness.ages([a], before)[0]).toMatchObject({ ageMs: 1_000, behind: 1n });
  });

  it('waits for no answer longer than it is told to, stands still meanwhile, and takes the answer when it comes', async () => {
    const { clock, log, witness, ageOf } = setting();
    await witness.look();
    log.manner = 'late';
    clock.advance(1_000);
    const [look, end] = [witness.look(), witness.end(40)];
    await vi.waitFor(() => expect(clock.sleepers).toBe(3));
    clock.advance(40);
    expect(await end).toBeUndefined();
    clock.advance(limits.logAskMs - 40);
    await look;
    expect(ageOf(a)).toBe(1_000 + limits.logAskMs);
    log.answer();
    await witness.look(0);
    expect(ageOf(a)).toBe(limits.logAskMs);
  });

  it('asks again where a question was never answered, so that a log that comes back is heard', async () => {
    const { clock, log, witness, ageOf } = setting();
    log.manner = 'late';
    const look = witness.look();
    await vi.waitFor(() => expect(clock.sleepers).toBeGreaterThan(0));
    clock.advance(limits.logAskMs);
    await look;
    log.manner = 'at once';
    await witness.look();
    expect(ageOf(a)).toBe(0);
    expect(clock.sleepers).toBe(0);
  });

  it('does not move its end back when an older question is answered last', async () => {
    const { clock, log, witness, append } = setting();
    log.manner = 'late';
    const first = witness.look();
    const offset = await append();
    clock.advance(1);
    const second = witness.end();
    await new Promise(setImmediate);
    log.answer(true);
    log.answer();
    await first;
    expect(await second).toEqual(new Map([[a, offset]]));
    expect(witness.ages([a], new Map())[0]?.behind).toBe(1n);
  });
});

const act = fc.oneof(
  fc.record({ what: fc.constantFrom('append', 'apply', 'land', 'read', 'answer'), on: fc.constantFrom(a, b) }),
  fc.record({ what: fc.constantFrom('look', 'look', 'late', 'never', 'at once'), on: fc.constant(a) }),
  fc.record({ what: fc.constant('advance'), on: fc.constant(a), ms: fc.integer({ min: 1, max: 300 }) }),
);

describe('an answer that is called fresh with age x', () => {
  it('has everything that was committed more than x ago, whatever happened in whatever order (P2)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (schedule) => {
        const world = livingWorld();
        for (const step of schedule) {
          if (step.what === 'late' || step.what === 'never' || step.what === 'at once') world.log.manner = step.what;
          await world.acts[step.what]?.(step.on, 'ms' in step ? step.ms : 0);
          await new Promise(setImmediate);
          world.judge();
        }
      }),
      { numRuns: 500 },
    );
  });
});

interface Committed {
  readonly partition: PartitionKey;
  readonly offset: bigint;
  readonly atMs: number;
}

/** A log that is written, a state that follows, a reader that reads now and answers later. */
function livingWorld() {
  const world = setting();
  const { clock, log, through, witness } = world;
  const committed: Committed[] = [];
  let view: ReadonlyMap<PartitionKey, bigint> = new Map(through);
  const acts: Readonly<Record<string, (on: PartitionKey, ms: number) => unknown>> = {
    append: async (on) =>
      committed.push({ partition: on, offset: await world.append(on.slice(0, 1)), atMs: clock.monotonicMs() }),
    apply: (on) => {
      const next = (through.get(on) ?? -1n) + 1n;
      if (committed.some(({ partition, offset }) => partition === on && offset === next)) through.set(on, next);
    },
    read: () => {
      view = new Map(through);
    },
    look: () => void witness.look(),
    answer: () => log.answer(),
    advance: (_on, ms) => clock.advance(ms),
    land: async (on) => {
      await acts.append?.(on, 0);
      acts.apply?.(on, 0);
    },
  };
  return { ...world, acts, judge: () => expectHonest(world, view, committed) };
}

function expectHonest(
  { clock, witness }: ReturnType<typeof setting>,
  view: ReadonlyMap<PartitionKey, bigint>,
  committed: readonly Committed[],
): void {
  for (const age of witness.ages([a, b], view)) {
    const { label, ageMs } = judge({
      ages: [age],
      troubles: [],
      blocked: [],
      maxStalenessMs: 1_000_000,
      tokensCovered: true,
      retrieval: null,
    });
    if (label !== 'fresh' || ageMs === null) continue;
    const owed = committed.filter(
      ({ partition, atMs }) => partition === age.partition && atMs < clock.monotonicMs() - ageMs,
    );
    for (const { offset } of owed) expect(offset).toBeLessThanOrEqual(view.get(age.partition) ?? -1n);
  }
}
