/** A topic that has grown: a key has records in two partitions, and this process's copy of one is behind what the state holds. */
import { expect, it } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import type { PartitionKey } from '../domain/position.js';
import { account, DrivenClock, keyOf, patch, recordOf, ticket, topics, World } from '../fixtures.test-support.js';
import { Journal } from '../journal/journal.js';
import { JournalIndex } from '../journal/journal-index.js';
import { partitionOf } from '../log/partitioner.js';
import { know } from '../materializer/held.js';
import { ownsEverything } from '../materializer/ownership.js';
import { TroubledLog } from '../troubled-log.test-support.js';
import { Reconciler } from './reconciler.js';

const grown = { ...topics, sources: topics.sources.map((t) => (t.about === 'ticket' ? { ...t, partitions: 2 } : t)) };

class GrowingLog extends TroubledLog {
  constructor(clock: DrivenClock) {
    super(clock, grown);
    this.holds(1);
  }

  holds(partitions: 1 | 2): void {
    for (const topic of this.topics()) if (topic.name === 'support.tickets') Object.assign(topic, { partitions });
  }
}

/** A ticket that two partitions put into the second. */
const id = Array.from({ length: 40 }, (_, n) => `T-${n}`).find((one) => {
  const { key } = recordOf('ticket', one, null);
  return key !== null && partitionOf(key, 2) === 1;
});

/** `later`: what is said of the ticket, of `version` 5 so far, after its topic has grown; the last of it in the first partition. */
async function setting(later: 'in the new partition' | 'in the new one and the old one') {
  if (id === undefined) throw new Error('half of the tickets are in the second partition');
  const clock = new DrivenClock('rushing');
  const log = new GrowingLog(clock);
  const small = await World.open({ clock, log, state: new MemoryState() });
  await small.put(account('A-1'), ticket(id, { subject: 'older' }, { entityversion: '5' }));
  await small.stop();
  log.holds(2);
  const world = await World.open({ clock, log, state: small.state });
  await world.put(ticket(id, { subject: 'newer' }, { entityversion: '6' }));
  if (later === 'in the new one and the old one') {
    log.holds(1);
    await world.put(patch('ticket', id, { status: 'closed' }, { entityversion: '7' }));
    log.holds(2);
  }
  return { clock, log, world };
}

/** A pass of a process that knows what the state holds but for `missing`. */
async function passWithout(
  { clock, log, world }: Awaited<ReturnType<typeof setting>>,
  missing: PartitionKey | null,
  onSleep: (journal: Journal) => Promise<void> = async () => undefined,
) {
  const journal = new Journal(new JournalIndex(), log, grown);
  const { rejected } = world.parts;
  const parts = { journal, rejected, topics: grown };
  const through = await world.state.through();
  for (const [partition, last] of through) if (partition !== missing) await know(parts, partition, last);
  const sleep = async () => onSleep(journal);
  const reconciler = new Reconciler({
    ...{ journal, state: world.state, topics: grown, index: null, ownership: ownsEverything },
    clock: Object.assign(clock, { sleep }),
    decisionOn: (one) => rejected.decisionOn(one),
    report: { reconciled: () => undefined, followFailed: () => undefined },
  });
  const found = await reconciler.pass(new AbortController().signal);
  const [entity] = await world.state.entities([keyOf('ticket', id ?? '')]);
  const { subject, status } = entity?.status === 'present' ? JSON.parse(entity.json) : {};
  return { found, shown: [subject, status] };
}

it.each([
  ['in the new partition', 'newer', 'open'],
  ['in the new one and the old one', 'newer', 'closed'],
] as const)('leaves alone a key whose newer records it does not know: %s', async (later, ...shown) => {
  const of = await setting(later);
  const pass = await passWithout(of, 'support.tickets:1');
  expect(pass).toMatchObject({ shown, found: { differing: 0, repaired: 0, skipped: 1 } });
  await of.world.stop();
});

it('leaves alone a key that has records in two partitions, also when they come while it waits', async () => {
  const of = await setting('in the new one and the old one');
  const partition = 'support.tickets:1';
  const pass = await passWithout(of, partition, async (journal) => {
    const last = (await of.world.state.through()).get(partition) ?? -1n;
    await know({ journal, rejected: of.world.parts.rejected, topics: grown }, partition, last);
  });
  expect(pass).toMatchObject({ shown: ['newer', 'closed'], found: { differing: 0, repaired: 0, skipped: 1 } });
  await of.world.stop();
});
