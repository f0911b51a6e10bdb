/** A checkpoint rests on records that no power failure takes away. */
import { expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { RecordedIds } from '../audit/recorded-ids.js';
import { account, DrivenClock, topics, World } from '../fixtures.test-support.js';
import { topicsToOpen } from '../log/topics.js';
import { capture } from './capture.js';

async function capturable() {
  const log = new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });
  const state = new MemoryState();
  const world = await World.open({ log, state, clock: new DrivenClock('rushing') });
  await world.put(account('A-1'));
  const { rejected, journal } = world.parts;
  const recorded = new RecordedIds(undefined, 0n);
  const parts = { log, state, index: journal.index, rejected, recorded, topics, clock: world.clock };
  await world.stop();
  return parts;
}

it('is not written before the log says that what it was made of is on the disk', async () => {
  const parts = await capturable();
  const done: string[] = [];
  const settle = async () => {
    await new Promise(setImmediate);
    done.push('settled');
  };
  await capture({ ...parts, log: Object.assign(parts.log, { settle }) });
  done.push('captured');
  expect(done).toEqual(['settled', 'captured']);
});

it('is not written at all where the disk refuses', async () => {
  const parts = await capturable();
  const log = Object.assign(parts.log, { settle: () => Promise.reject(new Error('the disk refuses')) });
  await expect(capture({ ...parts, log })).rejects.toThrow('the disk refuses');
});
