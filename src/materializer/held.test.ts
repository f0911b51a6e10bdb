import { describe, expect, it, vi } from 'vitest';
import { keyOf, patch, recordOf, tenant, ticket, topics, World } from '../fixtures.test-support.js';
import { Journal } from '../journal/journal.js';
import { JournalIndex } from '../journal/journal-index.js';
import { RejectedLog } from '../log/rejected-log.js';
import { Materializer } from './materializer.js';

const poison = 'support.tickets:0:1';

/** A process that has read the rejected topic and goes on beside the one before it only when `run` is called. */
async function successorOf({ log, state, clock }: World, seen?: null) {
  const known = seen === null ? undefined : ((await state.through()).get(`${topics.rejected}:0`) ?? -1n);
  const rejected = await RejectedLog.open(log, topics.rejected, clock, known);
  const journal = new Journal(new JournalIndex(), log, topics);
  const materializer = new Materializer({ log, state, journal, rejected, topics, clock });
  const stop = new AbortController();
  return { rejected, journal, run: () => void materializer.run(stop.signal), stop: () => stop.abort() };
}

describe('a process that starts beside a state which outlives processes', () => {
  it('knows the records that the state holds already', async () => {
    const first = await World.open();
    await first.put(ticket('T-1'));
    await first.stop();
    const next = await successorOf(first);
    next.run();
    await vi.waitFor(async () => expect(await next.journal.through()).toEqual(await first.state.through()));
    expect(next.journal.index.recordsOf(keyOf('ticket', 'T-1'))).toHaveLength(1);
    next.stop();
  });

  it('knows the letters and the decisions that its predecessor took the state through after they had been read', async () => {
    const first = await World.open();
    const next = await successorOf(first);
    await first.put(ticket('T-1', { subject: 'one' }));
    await first.produce(recordOf('ticket', 'T-1', '{'));
    const repaired = recordOf('ticket', 'T-1', patch('ticket', 'T-1', { priority: 'high' })).value;
    await first.parts.rejected.decide(poison, { kind: 'redriven', repaired });
    await first.settle();
    await first.stop();
    next.run();
    await vi.waitFor(() => expect(next.rejected.find(poison)?.decision).toMatchObject({ kind: 'redriven' }));
    next.stop();
  });

  it('lets an operator decide about what its predecessor rejected meanwhile', async () => {
    const first = await World.open();
    const next = await successorOf(first);
    await first.put(ticket('T-1'));
    await first.produce(recordOf('ticket', 'T-1', '{'));
    await first.settle();
    await first.stop();
    next.run();
    await vi.waitFor(() => expect(next.rejected.find(poison)).toBeDefined());
    await next.rejected.decide(poison, { kind: 'discarded' });
    await vi.waitFor(async () => expect((await first.state.account(tenant, 'A-1')).blocked).toEqual([]));
    next.stop();
  });

  it('carries out what was decided before it read the topic and the state was taken past without, once the topic delivers it', async () => {
    const first = await World.open();
    await first.put(ticket('T-1'));
    await first.produce(recordOf('ticket', 'T-1', '{'));
    await first.settle();
    await first.stop();
    await first.parts.rejected.decide(poison, { kind: 'discarded' });
    // As a process does that looks at the state when nothing has been folded yet, and begins to run long after.
    const next = await successorOf(first, null);
    next.run();
    await vi.waitFor(async () => expect((await first.state.account(tenant, 'A-1')).blocked).toEqual([]));
    expect(next.rejected.find(poison)?.decision).toMatchObject({ kind: 'discarded' });
    next.stop();
  });
});
