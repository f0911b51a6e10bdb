/** Several processes over one log and one state, each with a journal index and letters of its own. */
import { MemoryLog } from '../../connectors/memory/log.js';
import { refOf } from '../domain/entity.js';
import type { PartitionKey } from '../domain/position.js';
import { keyOf, recordOf, tenant, ticket, topics } from '../fixtures.test-support.js';
import { Journal } from '../journal/journal.js';
import { JournalIndex } from '../journal/journal-index.js';
import type { NewRecord } from '../log/port.js';
import { RejectedLog } from '../log/rejected-log.js';
import { topicsToOpen } from '../log/topics.js';
import type { StateStore } from '../state/port.js';
import { Materializer } from './materializer.js';
import type { Ownership } from './ownership.js';
import { type MaterializerReport, reportsNothing } from './report.js';
import type { MissingAt } from './sessions.js';
import type { Regress } from './standing.js';

export const PARTITIONS = 3;
const clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  // A hundred times as fast: retries and looks cost a test next to nothing.
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms / 100);
      signal?.addEventListener('abort', end);
    }),
};

const manyTopics = { ...topics, sources: topics.sources.map((source) => ({ ...source, partitions: PARTITIONS })) };

export function manyPartitions(): MemoryLog {
  return new MemoryLog({ id: 'log-1', topics: topicsToOpen(manyTopics), clock: () => 0 });
}

/** What a test says it owns. */
export class GivenOwnership implements Ownership {
  #owned: ReadonlySet<PartitionKey> = new Set();
  readonly #listeners = new Set<() => void>();
  readonly unable: (readonly PartitionKey[])[] = [];

  cannot(partitions: readonly PartitionKey[]): void {
    if (partitions.join(' ') !== (this.unable.at(-1) ?? []).join(' ')) this.unable.push(partitions);
  }

  owns(partition: PartitionKey): boolean {
    return this.#owned.has(partition);
  }

  give(...owned: readonly PartitionKey[]): void {
    this.#owned = new Set(owned);
    for (const listener of this.#listeners) listener();
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export interface Instance {
  readonly ownership: GivenOwnership;
  readonly journal: Journal;
  readonly rejected: RejectedLog;
  readonly materializer: Materializer;
  readonly regresses: Regress[];
  /** What it has said it cannot fold, each time. */
  readonly unable: (readonly PartitionKey[])[];
  /** Of writes, and why. */
  readonly failures: (readonly [partition: PartitionKey, why: string])[];
  /** Settled when the materializer has ended. */
  readonly running: Promise<void>;
  stop(): Promise<void>;
}

export async function openInstance(log: MemoryLog, state: StateStore, missingAt?: MissingAt): Promise<Instance> {
  const held = await state.through();
  const known = held.size === 0 ? undefined : (held.get(`${topics.rejected}:0`) ?? -1n);
  const rejected = await RejectedLog.open(log, topics.rejected, clock, known);
  const journal = new Journal(new JournalIndex(), log, manyTopics);
  const ownership = new GivenOwnership();
  const regresses: Regress[] = [];
  const failures: (readonly [PartitionKey, string])[] = [];
  const report: MaterializerReport = {
    ...reportsNothing,
    regressed: (regress) => void regresses.push(regress),
    writeFailed: (partition, error) => void failures.push([partition, error instanceof Error ? error.message : '']),
  };
  const checked = missingAt === undefined ? {} : { missingAt };
  const parts = { log, state, journal, rejected, topics: manyTopics, clock, report, ownership, ...checked };
  const materializer = new Materializer(parts);
  const end = new AbortController();
  const running = materializer.run(end.signal);
  running.catch(() => undefined);
  const stop = async () => {
    end.abort();
    await running;
  };
  return { ownership, journal, rejected, materializer, regresses, failures, unable: ownership.unable, running, stop };
}

export const sources: readonly PartitionKey[] = Array.from(
  { length: PARTITIONS },
  (_, n): PartitionKey => `support.tickets:${n}`,
);
export const decisions: PartitionKey = `${topics.rejected}:0`;
export const everything = [...sources, decisions];

/** Patches, full states and broken records of a few tickets, in an order that `numbers` say. */
export function recordsOf(numbers: readonly number[]): readonly NewRecord[] {
  return numbers.map((number, at) => {
    const id = `T-${number % 7}`;
    if (number % 11 === 0) return recordOf('ticket', id, '{');
    return recordOf('ticket', id, ticket(id, { subject: `${at}`, accountId: `A-${number % 3}` }));
  });
}

/** Whether the state holds everything in the log. */
export async function hasAll(log: MemoryLog, state: StateStore): Promise<boolean> {
  const through = await state.through();
  const ends = await log.ends();
  return everything.every((partition) => (through.get(partition) ?? -1n) + 1n === (ends.get(partition) ?? 0n));
}

/** What the state says, without revisions: those count how often an entity was written. */
export async function contentOf(state: StateStore): Promise<unknown> {
  const keys = Array.from({ length: 7 }, (_, n) => keyOf('ticket', `T-${n}`));
  const entities = await state.entities(keys);
  const texts = entities.map((one) => one && [refOf(one.key), one.status === 'present' ? one.json : null]);
  const views = await Promise.all([0, 1, 2].map((n) => state.account(tenant, `A-${n}`)));
  const members = views.map((view) => view.members.map(({ key }) => key.id).sort());
  const blocked = views.map((view) => view.blocked.map(({ rejected }) => rejected).sort());
  const counts = everything.map(async (partition) => (await state.progress()).get(partition));
  return { texts, members, blocked, progress: await Promise.all(counts) };
}

/** What an index knows of the tickets. */
export function knowledgeOf({ journal }: Instance): unknown {
  const keys = Array.from({ length: 7 }, (_, n) => keyOf('ticket', `T-${n}`));
  const accounts = [0, 1, 2].map((n) => journal.index.keysOfAccount(tenant, `A-${n}`).map(refOf).sort());
  return { records: keys.map((key) => journal.index.recordsOf(key)), accounts };
}
