import { expect, it } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import { DrivenClock, newLog, policy, recordOf, topics } from '../fixtures.test-support.js';
import { Journal } from '../journal/journal.js';
import { JournalIndex } from '../journal/journal-index.js';
import { RejectedLog } from '../log/rejected-log.js';
import { Materializer } from './materializer.js';
import { Pressure } from './pressure.js';

it('nothing is applied while the index presses back, and it goes on by itself', async () => {
  const [clock, state, pressure, stop] = [new DrivenClock(), new MemoryState(), new Pressure(1), new AbortController()];
  const log = newLog(clock);
  const rejected = await RejectedLog.open(log, topics.rejected, clock);
  const journal = new Journal(new JournalIndex(), log, topics);
  const materializer = new Materializer({ log, state, journal, rejected, topics, clock, pressure });
  pressure.note(2);
  const running = materializer.run(stop.signal);
  await log.append([recordOf('policy', 'P-1', policy('P-1'))]);
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect([await state.pendingCount(), materializer.backpressure]).toEqual([0, { reason: 'index_behind', pending: 2 }]);
  const written = new Promise<void>((resolve) => state.watch(() => resolve()));
  pressure.note(0);
  await written;
  expect([await state.pendingCount(), materializer.backpressure]).toEqual([1, null]);
  stop.abort();
  await running;
});
