/** A process whose copy of one partition does not come, and what goes on beside it. */
import { expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { type PartitionKey, partitionKey } from '../domain/position.js';
import { account, keyOf, recordOf, ticket } from '../fixtures.test-support.js';
import type { RecordReading } from '../log/port.js';
import { decisions, everything, hasAll, manyPartitions, openInstance, sources } from './instances.test-support.js';

const accounts = ['crm.accounts:0', 'crm.accounts:1', 'crm.accounts:2'] as const;
const WITHIN = { timeout: 10_000, interval: 2 };

/** The records of `log`, as a copy has them that lacks `stuck`. */
class StuckCopy extends MemoryLog {
  stuck: PartitionKey | null;
  readonly #log: MemoryLog;

  constructor(log: MemoryLog, stuck: PartitionKey) {
    super({ id: log.id, topics: log.topics().map(({ name, partitions }) => ({ name, partitions })), clock: () => 0 });
    this.#log = log;
    this.stuck = stuck;
  }

  override append = (...of: Parameters<MemoryLog['append']>) => this.#log.append(...of);
  override subscribe = (...of: Parameters<MemoryLog['subscribe']>) => this.#log.subscribe(...of);
  override ends = () => this.#log.ends();
  override starts = () => this.#log.starts();

  override async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    if (partitionKey(topic, partition) !== this.stuck) return this.#log.read(topic, partition, offsets);
    return offsets.map(() => ({ kind: 'missing', why: 'beyond_end' }) as const);
  }

  override async *scan(...[topic, partition, ...range]: Parameters<MemoryLog['scan']>) {
    if (partitionKey(topic, partition) !== this.stuck) yield* this.#log.scan(topic, partition, ...range);
  }
}

/** One that applies the sources, and one that carries out decisions, beside a broken ticket. */
async function setting(stuckOf: 'tickets' | 'accounts') {
  const [log, state] = [manyPartitions(), new MemoryState()];
  const first = await openInstance(log, state);
  first.ownership.give(...everything, ...accounts);
  for (let n = 0; n < 9; n++)
    await log.append([
      recordOf('ticket', `T-${n}`, ticket(`T-${n}`)),
      recordOf('account', `A-${n}`, account(`A-${n}`)),
    ]);
  await log.append([recordOf('ticket', 'T-1', '{')]);
  await vi.waitFor(async () => {
    expect(await hasAll(log, state)).toBe(true);
    expect((await state.through()).has(accounts[0])).toBe(true);
  }, WITHIN);
  const [letter] = first.rejected.list(null);
  if (letter === undefined) throw new Error('a broken record is rejected');
  const own = partitionKey(letter.position.topic, letter.position.partition);
  const through = await state.through();
  const other = (stuckOf === 'accounts' ? accounts : sources).find((one) => one !== own && through.has(one));
  if (other === undefined) throw new Error('the state has something of the partition that is stuck');
  const copy = new StuckCopy(log, other);
  const second = await openInstance(copy, state);
  first.ownership.give(...sources);
  second.ownership.give(decisions);
  const repaired = recordOf('ticket', 'T-1', ticket('T-1', { subject: 'repaired' })).value;
  await first.rejected.decide(letter.id, { kind: 'redriven', repaired });
  const isCarriedOut = () => vi.waitFor(async () => expect(await subjectOf(state)).toBe('repaired'), WITHIN);
  const stop = () => Promise.all([first.stop(), second.stop()]);
  return { state, copy, second, isCarriedOut, stop };
}

async function subjectOf(state: MemoryState): Promise<unknown> {
  const [entity] = await state.entities([keyOf('ticket', 'T-1')]);
  return entity?.status === 'present' ? JSON.parse(entity.json).subject : undefined;
}

it('carries out a redrive whatever is the matter with partitions that have nothing of its key', async () => {
  const { isCarriedOut, stop } = await setting('accounts');
  await isCarriedOut();
  await stop();
});

it('says that a redrive waits for a partition that may have records of its key, and carries it out once they are there', async () => {
  const { state, copy, second, isCarriedOut, stop } = await setting('tickets');
  await vi.waitFor(() => expect(second.materializer.states.get(decisions)).toBe('retrying'), WITHIN);
  expect(second.failures).toContainEqual([decisions, `the copy of ${copy.stuck} has not come as far as the state`]);
  expect(await subjectOf(state)).not.toBe('repaired');
  copy.stuck = null;
  await isCarriedOut();
  await vi.waitFor(() => expect(second.materializer.states.get(decisions)).not.toBe('retrying'), WITHIN);
  await stop();
});
