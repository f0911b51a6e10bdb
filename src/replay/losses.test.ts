import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import type { RecordedEntry } from '../audit/port.js';
import { type PartitionKey, splitPartitionKey } from '../domain/position.js';
import {
  account,
  caller,
  contextRequest,
  DrivenClock,
  policy,
  recordOf,
  tenant,
  ticket,
  topics,
  World,
} from '../fixtures.test-support.js';
import type { LogRecord, RecordReading } from '../log/port.js';
import { topicsToOpen } from '../log/topics.js';
import { replayContent } from './content.js';
import { replayFull } from './full.js';

/** A log whose partitions may end earlier than they did, or hold other records from there on. */
class CutLog extends MemoryLog {
  /** Per topic the first offset that is gone, and what stands there now. */
  readonly cut = new Map<string, { readonly at: bigint; readonly now: LogRecord | undefined }>();

  override async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    const found = await super.read(topic, partition, offsets);
    return found.map((one, index) => this.#seen(topic, offsets[index] ?? 0n, one));
  }

  #seen(topic: string, offset: bigint, one: RecordReading): RecordReading {
    const cut = this.cut.get(topic);
    if (cut === undefined || offset < cut.at) return one;
    return cut.now === undefined ? { kind: 'missing', why: 'beyond_end' } : { kind: 'found', record: cut.now };
  }

  override async *scan(...args: Parameters<MemoryLog['scan']>) {
    for await (const records of super.scan(...args)) yield this.#shown(args[0], records);
  }

  override async *subscribe(...args: Parameters<MemoryLog['subscribe']>) {
    for await (const batch of super.subscribe(...args)) {
      const { topic, partition } = batch;
      const end = this.#endOf(topic, partition, batch.nextOffset);
      yield { ...batch, records: this.#shown(topic, batch.records), nextOffset: end };
    }
  }

  override async ends() {
    const ends = [...(await super.ends())].map(([key, end]): [PartitionKey, bigint] => {
      const { topic, partition } = splitPartitionKey(key);
      return [key, this.#endOf(topic, partition, end)];
    });
    return new Map(ends);
  }

  /** Where nothing stands any more the log ends; where something else does, it is not given out here. */
  #endOf(topic: string, partition: number, end: bigint): bigint {
    const cut = partition === 0 ? this.cut.get(topic) : undefined;
    return cut === undefined || cut.now !== undefined || cut.at > end ? end : cut.at;
  }

  #shown(topic: string, records: readonly LogRecord[]): readonly LogRecord[] {
    const cut = this.cut.get(topic);
    return cut === undefined ? records : records.filter(({ position }) => position.offset < cut.at);
  }
}

async function opened(): Promise<{ readonly world: World; readonly log: CutLog }> {
  const log = new CutLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });
  return { log, world: await World.open({ log, clock: new DrivenClock('rushing') }) };
}

async function released(world: World): Promise<RecordedEntry> {
  const result = await world.parts.snapshots.snapshot(contextRequest(), caller);
  const finding = result.kind === 'released' ? await world.parts.audit.find(tenant, result.id) : undefined;
  if (finding?.kind !== 'found') throw new Error('not released');
  return finding.entry;
}

const truncated = { verdict: 'UNREPLAYABLE', reason: 'truncated' };

describe('a replay over a log that has lost its end', () => {
  it.each([['nothing stands there now'], ['a letter stands where the decision was']])(
    'to a decision that made an item of a rejected record is truncated where %s',
    async (now) => {
      const { world, log } = await opened();
      await world.put(account('A-1'));
      await world.produce(recordOf('ticket', 'T-1', '{'));
      const repaired = recordOf('ticket', 'T-1', ticket('T-1')).value;
      await world.parts.rejected.decide('support.tickets:0:0', { kind: 'redriven', repaired });
      await world.settle();
      const entry = await released(world);
      const [letter] = await log.read(topics.rejected, 0, [0n]);
      const record = letter?.kind === 'found' && now.startsWith('a letter') ? letter.record : undefined;
      log.cut.set(topics.rejected, { at: 1n, now: record });
      const again = await world.reopen();
      expect(await replayContent(again.parts.replay, entry)).toMatchObject(truncated);
      expect(await replayFull(again.parts.replay, entry)).toMatchObject(truncated);
      await again.stop();
    },
  );

  it('to a policy that is in none of the items is truncated at full depth, and whole at the depth of the content', async () => {
    const { world, log } = await opened();
    await world.put(
      account('A-1'),
      policy('P-1'),
      policy('P-2', { policyId: 'other', appliesTo: { plans: ['none'] } }),
    );
    const entry = await released(world);
    log.cut.set('support.policies', { at: 1n, now: undefined });
    const again = await world.reopen();
    expect(await replayContent(again.parts.replay, entry)).toMatchObject({ verdict: 'MATCH', depth: 'content' });
    expect(await replayFull(again.parts.replay, entry)).toMatchObject(truncated);
    await again.stop();
  });
});
