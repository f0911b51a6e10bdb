/** Claims under chance: instances that read late and in other batches, begin anew, and clients that lose replies and ask elsewhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemoryLog } from '../../connectors/memory/log.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { systemClock } from '../domain/clock.js';
import { recordKey } from '../domain/record-key.js';
import { TidemarkError } from '../errors.js';
import { tenant } from '../fixtures.test-support.js';
import { Journal } from '../journal/journal.js';
import { JournalIndex } from '../journal/journal-index.js';
import { partitionOf } from '../log/partitioner.js';
import type { EventLog, RecordReader } from '../log/port.js';
import type { TopicMap } from '../log/topics.js';
import { identityOf } from '../pipeline.js';
import { newInteractionLog, topicsOf } from './claim.test-support.js';
import { type ClaimParts, claim } from './claims.js';
import { Intake } from './intake.js';
import { InteractionLedger } from './ledger.js';

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Delivers what the log does in smaller batches, each some turns late. */
function slowed(log: MemoryLog, cuts: readonly number[]): EventLog & RecordReader {
  async function* subscribe(...asked: Parameters<MemoryLog['subscribe']>) {
    let at = 0;
    for await (const batch of log.subscribe(...asked)) {
      for (let from = 0; from < batch.records.length; ) {
        const cut = cuts[at++ % cuts.length] ?? 1;
        for (let turns = 0; turns < cut; turns++) await nextTurn();
        const records = batch.records.slice(from, from + 1 + cut);
        from += records.length;
        yield { ...batch, records, nextOffset: (records.at(-1)?.position.offset ?? -1n) + 1n };
      }
    }
  }
  return new Proxy(log, {
    get: (target, name) => {
      if (name === 'subscribe') return subscribe;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** One of several over the same log; it may end and begin anew while it is asked. */
class Instance {
  #parts: ClaimParts | undefined;
  #stop = new AbortController();

  constructor(
    readonly log: MemoryLog,
    readonly topics: TopicMap,
    readonly cuts: readonly number[],
  ) {}

  async begin(): Promise<void> {
    this.#stop.abort();
    this.#stop = new AbortController();
    const log = slowed(this.log, this.cuts);
    const { topics } = this;
    const ledger = await InteractionLedger.open({ log, topics, clock: systemClock });
    void ledger.run(this.#stop.signal);
    const intake = new Intake({ log, topics, state: new MemoryState(), identity: identityOf(log, topics) });
    this.#parts = { intake, ledger, topics, journal: new Journal(new JournalIndex(), log, topics) };
  }

  end(): void {
    this.#stop.abort();
  }

  get parts(): ClaimParts {
    if (this.#parts === undefined) throw new Error('it has not begun');
    return this.#parts;
  }
}

interface Claimant {
  readonly key: number;
  /** Turns before it begins, and instances it asks one after the other. */
  readonly delay: number;
  readonly asks: readonly number[];
  /** Replies it loses before it hears one. */
  readonly loses: number;
}

const claimant: fc.Arbitrary<Claimant> = fc.record({
  key: fc.nat(2),
  delay: fc.nat(12),
  asks: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
  loses: fc.nat(2),
});

/** What it is told in the end: after a lost reply, and where nobody could answer in time, it asks again under its id. */
async function outcomeOf(instances: readonly Instance[], { key, delay, asks, loses }: Claimant, id: string) {
  for (let turns = 0; turns < delay; turns++) await nextTurn();
  const asked = { by: 'one', idempotencyKey: `key-${key}`, tool: 'refund', id, deadlineMs: 20 };
  for (let tries = 0; ; tries++) {
    const instance = instances[(asks[tries % asks.length] ?? 0) % instances.length];
    if (instance === undefined) throw new Error('there is no instance');
    try {
      const reply = await claim(instance.parts, tenant, asked);
      if (tries >= loses) return { key: `key-${key}`, id, outcome: reply.outcome };
    } catch (error) {
      if (!(error instanceof TidemarkError) || error.code !== 'behind') throw error;
    }
  }
}

/** The id of the first record of a key by position. */
async function firstOf(log: MemoryLog, topics: TopicMap, key: string): Promise<string> {
  const partitions = topics.sources.find(({ about }) => about === 'tool')?.partitions ?? 1;
  const partition = partitionOf(recordKey(tenant, key), partitions);
  for await (const records of log.scan('copilot.tool', partition, 0n, 1_000n)) {
    for (const { value } of records) {
      const event = JSON.parse(String(Buffer.from(value ?? [])));
      if (event.subject === key) return event.id;
    }
  }
  throw new Error('nobody has claimed it');
}

const run = fc.record({
  partitions: fc.constantFrom(1, 3),
  claimants: fc.array(claimant, { minLength: 2, maxLength: 12 }),
  cuts: fc.array(fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
  restarts: fc.array(fc.record({ delay: fc.nat(20), instance: fc.nat(2) }), { maxLength: 4 }),
});

describe('of any number of claims of a key, at once and on several instances', () => {
  it('exactly one proceeds, and it is the first by position, however records are batched and instances begin anew', async () => {
    const law = fc.asyncProperty(run, async ({ partitions, claimants, cuts, restarts }) => {
      const topics = topicsOf(partitions);
      const log = newInteractionLog(topics);
      const instances = cuts.map((one) => new Instance(log, topics, one));
      await Promise.all(instances.map((instance) => instance.begin()));
      const restarting = restarts.map(async ({ delay, instance }) => {
        for (let turns = 0; turns < delay; turns++) await nextTurn();
        await instances[instance % instances.length]?.begin();
      });
      const told = await Promise.all(claimants.map((one, n) => outcomeOf(instances, one, `claim-${n}`)));
      await Promise.all(restarting);
      for (const instance of instances) instance.end();
      for (const key of new Set(told.map((one) => one.key))) {
        const proceeding = told.filter((one) => one.key === key && one.outcome === 'proceed').map(({ id }) => id);
        expect(proceeding).toEqual([await firstOf(log, topics, key)]);
      }
    });
    await fc.assert(law, { numRuns: 60 });
  }, 60_000);
});
