/** Checkpoints of a copy of a log that others own, when that log has lost its end since. */
import { expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { RecordedIds } from '../audit/recorded-ids.js';
import { type EpochStart, EpochTable } from '../domain/epoch-table.js';
import { account, DrivenClock, ticket, topics, World } from '../fixtures.test-support.js';
import type { RecordReading } from '../log/port.js';
import { topicsToOpen } from '../log/topics.js';
import { capture } from './capture.js';
import { type ChosenLog, chooseCheckpoint } from './choose.js';
import type { CheckpointStore } from './port.js';

const tickets = 'support.tickets:0';

async function captured() {
  const log = new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });
  const state = new MemoryState();
  const world = await World.open({ log, state, clock: new DrivenClock('rushing') });
  await world.put(account('A-1'), ticket('T-1'), ticket('T-2'), ticket('T-3'));
  const { rejected, journal } = world.parts;
  const recorded = new RecordedIds(undefined, 0n);
  const parts = { log, state, index: journal.index, rejected, recorded, topics, clock: world.clock };
  const chunks = [...(await capture(parts)).chunks].map(({ kind, bytes }) => ({ kind, bytes: Buffer.from(bytes) }));
  await world.stop();
  const name = { role: 'checkpoint', number: 1 } as const;
  const readable: Pick<CheckpointStore, 'list' | 'read'> = {
    list: async () => [name],
    read: async () => ({ kind: 'sound', chunks }),
  };
  // Nothing is written in choosing.
  return { log, store: readable as CheckpointStore };
}

/** The log with other records from `from` on, of which the copy that is read holds those before `copiedTo`. */
function parted(log: MemoryLog, from: bigint, copiedTo: bigint, starts: readonly EpochStart[] = []): ChosenLog {
  const table = new EpochTable(starts);
  const seen = (offset: bigint, found: RecordReading): RecordReading => {
    if (offset >= copiedTo) return { kind: 'missing', why: 'beyond_end' };
    return offset >= from ? { kind: 'missing', why: 'compacted' } : found;
  };
  return {
    id: log.id,
    topics: () => log.topics(),
    starts: () => log.starts(),
    ends: async () => new Map([...(await log.ends()), [tickets, 9n]]),
    epochs: {
      epochOf: () => 0,
      endOf: (partition, leaderEpoch) => (partition === tickets ? table.endOf(leaderEpoch) : undefined),
    },
    read: async (topic, partition, offsets) => {
      const found = await log.read(topic, partition, offsets);
      return found.map((one, index) => (topic === 'support.tickets' ? seen(offsets[index] ?? 0n, one) : one));
    },
  };
}

const began = [
  { leaderEpoch: 0, first: 0n },
  { leaderEpoch: 1, first: 1n },
];

it.each<[string, ChoiceOf]>([
  ['is used when all it rests on is there', { from: 9n, copiedTo: 9n, passed: false }],
  ['is used where its last record was compacted', { from: 2n, copiedTo: 9n, passed: false }],
  ['is passed over while what it rests on has not been copied again', { from: 1n, copiedTo: 1n, passed: true }],
  ['is passed over where a later epoch begins before its end', { from: 1n, copiedTo: 9n, starts: began, passed: true }],
])('a checkpoint of a copy %s', async (_, { from, copiedTo, starts, passed }) => {
  const { log, store } = await captured();
  const choice = await chooseCheckpoint({ store, log: parted(log, from, copiedTo, starts), topics, isCopy: true });
  expect([choice.chosen === null, choice.notices.length > 0]).toEqual([passed, passed]);
});

interface ChoiceOf {
  readonly from: bigint;
  readonly copiedTo: bigint;
  readonly starts?: readonly EpochStart[];
  readonly passed: boolean;
}
