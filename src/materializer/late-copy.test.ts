/** A state that is lost, and instances whose copies of it do not all begin at its beginning. */
import { describe, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { LateCopies, type LateMemory } from '../checkpoint/late-copies.js';
import type { PartitionKey, PositionVector } from '../domain/position.js';
import { keyOf, patch, recordOf, ticket, topics } from '../fixtures.test-support.js';
import { CutBackState } from './cut-back-state.test-support.js';
import { everything, hasAll, manyPartitions, openInstance, PARTITIONS, sources } from './instances.test-support.js';
import type { MissingAt } from './sessions.js';

const WITHIN = { timeout: 10_000, interval: 2 };
const many = { ...topics, sources: topics.sources.map((source) => ({ ...source, partitions: PARTITIONS })) };

/** The records of `log`, but for the first of one partition: they had expired when anything was copied. */
class LateCopy extends MemoryLog {
  readonly #log: MemoryLog;
  readonly #late: PartitionKey;

  constructor(log: MemoryLog, late: PartitionKey) {
    super({ id: log.id, topics: log.topics().map(({ name, partitions }) => ({ name, partitions })), clock: () => 0 });
    this.#log = log;
    this.#late = late;
  }

  override append = (...of: Parameters<MemoryLog['append']>) => this.#log.append(...of);
  override ends = () => this.#log.ends();
  override scan = (...of: Parameters<MemoryLog['scan']>) => this.#log.scan(...of);
  override read = (...of: Parameters<MemoryLog['read']>) => this.#log.read(...of);

  override async starts(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return new Map([...(await this.#log.starts()), [this.#late, 1n]]);
  }

  override subscribe(names: readonly string[], from: PositionVector, signal: AbortSignal) {
    const first = from.get(this.#late) ?? 0n;
    return this.#log.subscribe(names, new Map([...from, [this.#late, first < 1n ? 1n : first]]), signal);
  }

  override async recordsThrough(through: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>> {
    const counts = await this.#log.recordsThrough(through);
    return new Map([...counts].map(([key, count]) => [key, key === this.#late && count > 0n ? count - 1n : count]));
  }
}

/** A state of a ticket that two records tell of, of which the copy has the second. */
async function setting() {
  const [log, state] = [manyPartitions(), new CutBackState()];
  const missingIn = (of: MemoryLog, memory?: LateMemory): MissingAt => {
    const copies = new LateCopies({ log: of, state, topics: many, isCopy: true, memory });
    return (through) => copies.missing(through);
  };
  const first = await openInstance(log, state, missingIn(log));
  first.ownership.give(...everything);
  const settled = () => vi.waitFor(async () => expect(await hasAll(log, state)).toBe(true), WITHIN);
  await log.append([recordOf('ticket', 'T-1', ticket('T-1'))]);
  await settled();
  const through = await state.through();
  const own = sources.find((one) => through.has(one));
  if (own === undefined) throw new Error('a ticket has a partition');
  await log.append([recordOf('ticket', 'T-1', patch('ticket', 'T-1', { status: 'closed' }))]);
  await settled();
  const shown = async () => {
    const [found] = await state.entities([keyOf('ticket', 'T-1')]);
    return found?.status === 'present' ? JSON.parse(found.json) : undefined;
  };
  return { log, state, first, own, copy: new LateCopy(log, own), missingIn, settled, shown };
}

describe('a state that is lost', () => {
  it('is not folded by one whose copy began late, says so, and is whole once another one has it', async () => {
    const { log, state, first, own, copy, missingIn, settled, shown } = await setting();
    const second = await openInstance(copy, state, missingIn(copy));
    await vi.waitFor(async () => expect(await second.journal.through()).toEqual(await state.through()), WITHIN);
    first.ownership.give();
    second.ownership.give(...everything);
    await state.loseEverything();
    await vi.waitFor(() => expect(second.unable.at(-1)).toEqual([own]), WITHIN);
    await log.append([recordOf('ticket', 'T-1', patch('ticket', 'T-1', { priority: 'high' }))]);
    await vi.waitFor(async () => expect(second.regresses.some(({ isAnew }) => isAnew)).toBe(true), WITHIN);
    expect((await state.through()).has(own)).toBe(false);
    second.ownership.give(...everything.filter((one) => one !== own));
    first.ownership.give(own);
    await settled();
    expect(await shown()).toMatchObject({ subject: 'broken', status: 'closed', priority: 'high' });
    await vi.waitFor(() => expect(second.unable.at(-1)).toEqual([]), WITHIN);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('is not folded by one that has learned before it ended that its copy began late', async () => {
    const { state, first, own, copy, missingIn } = await setting();
    let kept: readonly PartitionKey[] = [];
    const memory: LateMemory = {
      read: async () => kept,
      write: async (late) => {
        kept = late;
      },
    };
    await first.stop();
    expect(await missingIn(copy, memory)(await state.through())).toEqual([]);
    await state.loseEverything();
    expect(await missingIn(copy, memory)(new Map())).toEqual([own]);
  });

  it('is folded by one whose copy has all that the state had, though it begins late', async () => {
    const [log, state] = [manyPartitions(), new CutBackState()];
    await log.append([
      recordOf('ticket', 'T-1', ticket('T-1')),
      recordOf('ticket', 'T-1', patch('ticket', 'T-1', { status: 'closed' })),
    ]);
    const ends = await log.ends();
    const own = sources.find((one) => (ends.get(one) ?? 0n) > 0n) ?? 'support.tickets:0';
    const copy = new LateCopy(log, own);
    const copies = new LateCopies({ log: copy, state, topics: many, isCopy: true });
    const one = await openInstance(copy, state, (through) => copies.missing(through));
    one.ownership.give(...everything);
    const settled = () => vi.waitFor(async () => expect(await hasAll(log, state)).toBe(true), WITHIN);
    await settled();
    await state.loseEverything();
    await settled();
    await one.stop();
  });
});
