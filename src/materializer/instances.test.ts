import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import { covers, type PartitionKey, type Position, partitionKey, positionText } from '../domain/position.js';
import { TidemarkError } from '../errors.js';
import { keyOf, recordOf, ticket } from '../fixtures.test-support.js';
import { CutBackState } from './cut-back-state.test-support.js';
import {
  contentOf,
  decisions,
  everything,
  hasAll,
  type Instance,
  knowledgeOf,
  manyPartitions,
  openInstance,
  recordsOf,
  sources,
} from './instances.test-support.js';

const WITHIN = { timeout: 10_000, interval: 2 };

const settled = (log: ReturnType<typeof manyPartitions>, state: MemoryState | CutBackState) =>
  vi.waitFor(async () => expect(await hasAll(log, state)).toBe(true), WITHIN);

async function followed(instance: Instance, state: MemoryState | CutBackState): Promise<void> {
  await vi.waitFor(async () => expect(await instance.journal.through()).toEqual(await state.through()), WITHIN);
}

async function cutBack(state: CutBackState, { keeps, isAnew }: { keeps: number; isAnew: boolean }): Promise<void> {
  if (isAnew) await state.loseEverything();
  else await state.fallBack(Math.floor(state.writes * keeps));
}

/** What one owner makes of the log. */
async function aloneOver(log: ReturnType<typeof manyPartitions>) {
  const state = new MemoryState();
  const one = await openInstance(log, state);
  one.ownership.give(...everything);
  await settled(log, state);
  await one.stop();
  return { one, content: await contentOf(state) };
}

/** Until what it returns is called. */
function holdWritesOf(state: MemoryState, partitions: readonly PartitionKey[]): () => void {
  const write = state.write.bind(state);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  state.write = async (one) => {
    if (one.progress.some(({ partition }) => partitions.includes(partition))) await held;
    return write(one);
  };
  return () => release();
}

async function reached(state: MemoryState, { topic, partition, offset }: Position): Promise<boolean> {
  return covers(await state.through(), new Map([[partitionKey(topic, partition), offset]]));
}

describe('several instances over one state', () => {
  it('come to what one owner comes to, whatever they own and when, alone, together or nobody for a while', async () => {
    const owned = fc.subarray(everything);
    const step = fc.record({
      numbers: fc.array(fc.nat(60), { maxLength: 12 }),
      owners: fc.array(owned, { minLength: 3, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const [log, state] = [manyPartitions(), new MemoryState()];
        const all = [await openInstance(log, state), await openInstance(log, state), await openInstance(log, state)];
        for (const { numbers, owners } of steps) {
          for (const [index, instance] of all.entries()) instance.ownership.give(...(owners[index] ?? []));
          if (numbers.length > 0) await log.append(recordsOf(numbers));
          await new Promise(setImmediate);
        }
        all[0]?.ownership.give(...everything);
        await settled(log, state);
        for (const instance of all) await followed(instance, state);
        const alone = await aloneOver(log);
        expect(await contentOf(state)).toEqual(alone.content);
        for (const instance of all) expect(knowledgeOf(instance)).toEqual(knowledgeOf(alone.one));
        for (const instance of all) await instance.stop();
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it("know each other's letters and decisions, and the key a repair names", async () => {
    const [log, state] = [manyPartitions(), new MemoryState()];
    const [first, second] = [await openInstance(log, state), await openInstance(log, state)];
    first.ownership.give(...sources);
    second.ownership.give(decisions);
    await log.append([recordOf('ticket', 'T-1', '{')]);
    await settled(log, state);
    const id = first.rejected.list(null)[0]?.id ?? '';
    await vi.waitFor(() => expect(second.rejected.find(id)).toBeDefined(), WITHIN);
    const repaired = recordOf('ticket', 'T-1', ticket('T-1', { accountId: 'A-2' })).value;
    await first.rejected.decide(id, { kind: 'redriven', repaired });
    await settled(log, state);
    await vi.waitFor(() => expect(first.rejected.find(id)?.decision).toMatchObject({ kind: 'redriven' }), WITHIN);
    expect(await state.entities([keyOf('ticket', 'T-1')])).toMatchObject([{ status: 'present', accountId: 'A-2' }]);
    expect(first.journal.index.recordsOf(keyOf('ticket', 'T-1'))).toHaveLength(1);
    for (const one of [first, second]) await one.stop();
  });

  it('show a decision where its record is folded, which others may do after it is applied', async () => {
    const [log, state] = [manyPartitions(), new MemoryState()];
    const release = holdWritesOf(state, sources);
    const [first, second] = [await openInstance(log, state), await openInstance(log, state)];
    first.ownership.give(...sources);
    second.ownership.give(decisions);
    const [record] = await log.append([recordOf('ticket', 'T-1', '{')]);
    if (record === undefined) throw new Error('a record has a position');
    await vi.waitFor(() => expect(second.rejected.find(positionText(record))).toBeDefined(), WITHIN);
    const repaired = recordOf('ticket', 'T-1', ticket('T-1')).value;
    const decision = await second.rejected.decide(positionText(record), { kind: 'redriven', repaired });
    const applied = (at: Position) => vi.waitFor(async () => expect(await reached(state, at)).toBe(true), WITHIN);
    await applied(decision);
    expect(await state.entities([keyOf('ticket', 'T-1')])).toEqual([undefined]);
    release();
    await applied(record);
    expect(await state.entities([keyOf('ticket', 'T-1')])).toMatchObject([{ status: 'present' }]);
    for (const one of [first, second]) await one.stop();
  });

  it('tell the life of what they own alone', async () => {
    const [log, state] = [manyPartitions(), new MemoryState()];
    const one = await openInstance(log, state);
    one.ownership.give(...everything);
    await log.append(recordsOf([1, 2, 3, 4, 5, 6]));
    await settled(log, state);
    expect(one.materializer.states.size).toBeGreaterThan(0);
    one.ownership.give();
    await vi.waitFor(() => expect(one.materializer.states.size).toBe(0), WITHIN);
    await one.stop();
  });
});

describe('a log that is closed', () => {
  it('ends the materializer, which does not ask it again and again', async () => {
    const [log, state] = [manyPartitions(), new MemoryState()];
    const one = await openInstance(log, state);
    one.ownership.give(...everything);
    await log.append(recordsOf([1, 2, 3]));
    await settled(log, state);
    // Asked without end it would never give the test a turn: so the first time is told.
    vi.spyOn(log, 'subscribe').mockImplementation(() => {
      throw new Error('a log that is closed was asked again');
    });
    await log.close();
    await new Promise(setImmediate);
    await expect(one.stop()).resolves.toBeUndefined();
  });
});

describe('a state that goes back', () => {
  it('is folded again from where it is, without a gap, whatever it has lost and however often', async () => {
    const cut = fc.record({
      numbers: fc.array(fc.nat(60), { minLength: 1, maxLength: 10 }),
      keeps: fc.double({ min: 0, max: 1, noNaN: true }),
      isAnew: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 4 }), async (cuts) => {
        const [log, state] = [manyPartitions(), new CutBackState()];
        const [owner, follower] = [await openInstance(log, state), await openInstance(log, state)];
        owner.ownership.give(...everything);
        for (const { numbers, ...cut } of cuts) {
          await log.append(recordsOf(numbers));
          if (numbers.length % 2 === 0) await settled(log, state);
          await cutBack(state, cut);
        }
        await settled(log, state);
        const alone = await aloneOver(log);
        expect(await contentOf(state)).toEqual(alone.content);
        await followed(follower, state);
        for (const one of [owner, follower]) expect(knowledgeOf(one)).toEqual(knowledgeOf(alone.one));
        for (const one of [owner, follower]) await one.stop();
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('is told of, by those who follow as well', async () => {
    const [log, state] = [manyPartitions(), new CutBackState()];
    const all = [await openInstance(log, state), await openInstance(log, state)];
    all[0]?.ownership.give(...everything);
    await log.append(recordsOf([1, 2, 3]));
    await settled(log, state);
    for (const one of all) await followed(one, state);
    await state.loseEverything();
    for (const one of all)
      await vi.waitFor(() => expect(one.regresses.some(({ isAnew }) => isAnew)).toBe(true), WITHIN);
    await settled(log, state);
    for (const one of all) await one.stop();
  });

  it('ends the materializer where the log no longer has what the state lacks', async () => {
    const [log, state] = [manyPartitions(), new CutBackState()];
    const lost = new TidemarkError({ code: 'log_damaged', message: 'gone', advice: '', retriable: false });
    const missingAt = async () => {
      if ((await state.contents()) !== 'contents 1') throw lost;
      return [];
    };
    const one = await openInstance(log, state, missingAt);
    one.ownership.give(...everything);
    await log.append(recordsOf([1, 2, 3]));
    await settled(log, state);
    await followed(one, state);
    await state.loseEverything();
    await expect(one.running).rejects.toBe(lost);
  });
});
