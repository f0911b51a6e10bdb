/** What an operator may accept of the log's troubles where records have expired: never what leaves no start. */
import { describe, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { RecordedIds } from '../audit/recorded-ids.js';
import type { PartitionKey } from '../domain/position.js';
import { account, DrivenClock, ticket, topics, World } from '../fixtures.test-support.js';
import { topicsToOpen } from '../log/topics.js';
import type { AcceptableKind, PartitionTrouble } from '../log/trouble.js';
import { acceptingStarts } from './accepting.js';
import { capture } from './capture.js';
import type { CapturableState } from './contents.js';
import type { CheckpointStore } from './port.js';
import { RetentionKeeper, type RetentionParts } from './retention.js';

const tickets = 'support.tickets:0';
const accounts = 'crm.accounts:0';

/** A copy of which something has expired, and whose base covers three tickets, the last at offset 2. */
async function based(expired: PartitionKey | null) {
  const log = new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });
  const state = new MemoryState();
  const world = await World.open({ log, state, clock: new DrivenClock('rushing') });
  await world.put(account('A-1'), ticket('T-1'), ticket('T-2'), ticket('T-3'));
  const { rejected, journal } = world.parts;
  const recorded = new RecordedIds(undefined, 0n);
  const captured = { log, state, index: journal.index, rejected, recorded, topics, clock: world.clock };
  const { chunks } = await capture({ ...captured, begun: await log.starts() });
  const kept = [...chunks].map(({ kind, bytes }) => ({ kind, bytes: Buffer.from(bytes) }));
  await world.stop();
  const readable: Pick<CheckpointStore, 'list' | 'read'> = {
    list: async () => [{ role: 'base', number: 1 }],
    read: async () => ({ kind: 'sound', chunks: kept }),
  };
  const starts = await log.starts();
  vi.spyOn(log, 'starts').mockResolvedValue(expired === null ? starts : new Map([...starts, [expired, 1n]]));
  vi.spyOn(log, 'ends').mockResolvedValue(new Map([...(await log.ends()), [tickets, 9n]]));
  // Nothing is written or restored in accepting.
  const checkpointing = { store: readable as CheckpointStore, state: state as CapturableState };
  return { log, state, topics, checkpointing, isCopy: true };
}

async function accept(expired: PartitionKey | null, partition: PartitionKey, trouble: PartitionTrouble) {
  const parts = await based(expired);
  vi.spyOn(parts.log, 'troubles', 'get').mockReturnValue(new Map([[partition, trouble]]));
  const inner = { accept: vi.fn(async () => 'at_next_start' as const) };
  const answer = await acceptingStarts(inner, parts)
    .accept(partition, trouble.kind as AcceptableKind)
    .catch((error: unknown) => error);
  return { answer, calls: inner.accept.mock.calls.length };
}

const recreated = { kind: 'recreated', was: 'a', is: 'b' } as const;
const refusal = { answer: { code: 'nothing_to_accept', facts: { reason: 'no_start_left' } }, calls: 0 };
const taken = { answer: 'at_next_start', calls: 1 };

describe('accepting', () => {
  it.each<[string, PartitionKey | null, PartitionTrouble, object]>([
    ['a topic made again is refused once records of another have expired', accounts, recreated, refusal],
    ['a topic made again is taken where nothing has expired', null, recreated, taken],
    ['a topic made again is taken where only its own records have expired', tickets, recreated, taken],
    ['a lost end is refused where the base rests on it', accounts, { kind: 'truncated', from: 2n }, refusal],
    ['a lost end is taken where a base ends before it', accounts, { kind: 'truncated', from: 3n }, taken],
    ['a lost end is taken where nothing has expired', null, { kind: 'truncated', from: 2n }, taken],
    ['a gap is taken in any case', accounts, { kind: 'gap', from: 3n, to: 5n }, taken],
  ])('%s', async (_, expired, trouble, outcome) => {
    expect(await accept(expired, tickets, trouble)).toMatchObject(outcome);
  });
});

describe('retention', () => {
  it.each([recreated, { kind: 'truncated', from: 1n } as const])(
    'waits while the log has another history, for a base would hold what is gone: $kind',
    async (trouble) => {
      const write = vi.fn();
      const log = { troubles: new Map([[tickets, trouble]]) };
      // Nothing else is reached.
      const parts = { log, checkpointer: { write } } as unknown as RetentionParts;
      expect(await new RetentionKeeper(parts).expire(new AbortController().signal)).toBe(false);
      expect(write).not.toHaveBeenCalled();
    },
  );
});
