/** Checkpoints that have outlived the copy of the log that they were made of. */
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { RecordedIds } from '../audit/recorded-ids.js';
import { account, DrivenClock, ticket, topics, World } from '../fixtures.test-support.js';
import { topicsToOpen } from '../log/topics.js';
import { beginningsOf } from './beginnings.js';
import { capture } from './capture.js';
import { type ChosenLog, chooseCheckpoint } from './choose.js';
import type { CheckpointStore } from './port.js';

const tickets = 'support.tickets:0';

/** One checkpoint of a copy that began at 0. */
async function captured() {
  const log = new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });
  const state = new MemoryState();
  const world = await World.open({ log, state, clock: new DrivenClock('rushing') });
  await world.put(account('A-1'), ticket('T-1'), ticket('T-2'), ticket('T-3'));
  const { rejected, journal } = world.parts;
  const recorded = new RecordedIds(undefined, 0n);
  const parts = { state, index: journal.index, rejected, recorded, topics, clock: world.clock };
  const copy = Object.assign(log, { copyId: 'copy-1' });
  const { chunks } = await capture({ ...parts, log: copy, begun: await log.starts() });
  const kept = [...chunks].map(({ kind, bytes }) => ({ kind, bytes: Buffer.from(bytes) }));
  await world.stop();
  const readable: Pick<CheckpointStore, 'list' | 'read'> = {
    list: async () => [{ role: 'checkpoint', number: 1 }],
    read: async () => ({ kind: 'sound', chunks: kept }),
  };
  // Nothing is written in choosing.
  return { log, store: readable as CheckpointStore };
}

/** What a copy holds that begins at `start` of the tickets. */
function copyOf(log: MemoryLog, copyId: string, start: bigint): ChosenLog {
  return {
    id: log.id,
    copyId,
    topics: () => log.topics(),
    starts: async () => new Map([...(await log.starts()), [tickets, start]]),
    ends: async () => new Map([...(await log.ends()), [tickets, 9n]]),
    read: (topic, partition, offsets) => log.read(topic, partition, offsets),
  };
}

describe('a copy that was lost and made again from where the log is kept', () => {
  it('is folded from its own beginning, which is told', async () => {
    const { log, store } = await captured();
    const parts = { store, log: copyOf(log, 'copy-2', 7n), topics, isCopy: true };
    const choice = await chooseCheckpoint(parts);
    expect(choice.chosen).toBeNull();
    expect(choice.notices.join()).toMatch(/copied anew.*begins after their first records/s);
    expect((await beginningsOf(parts)).get(tickets)).toBe(7n);
  });

  it('takes no checkpoint that holds records which it does not, though it has come past it: they would not add up', async () => {
    const { log, store } = await captured();
    const parts = { store, log: copyOf(log, 'copy-2', 1n), topics, isCopy: true };
    expect((await chooseCheckpoint(parts)).chosen).toBeNull();
  });

  it('takes the checkpoint where it begins as the first one did', async () => {
    const { log, store } = await captured();
    const parts = { store, log: copyOf(log, 'copy-2', 0n), topics, isCopy: true };
    expect((await chooseCheckpoint(parts)).chosen).not.toBeNull();
  });
});

it('the same copy that has lost its beginning is refused as before', async () => {
  const { log, store } = await captured();
  const parts = { store, log: copyOf(log, 'copy-1', 7n), topics, isCopy: true };
  await expect(chooseCheckpoint(parts)).rejects.toMatchObject({ code: 'log_damaged' });
});
