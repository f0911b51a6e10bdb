/**
 * The ends of a log of others, asked for now, and what they tell of open transactions. An end proves that everything was read only if
 * the leader that tells it still has what was read: a log that has lost its end, and perhaps taken other records since, has an end as well.
 * Everybody who reads asks, and the brokers answer one question after the other: were each asked on its own, more would wait the slower
 * the answers come, until none comes in time. So all who ask meanwhile get the answer to one question, which begins after they asked.
 */

import { SharedQuestion } from '../../src/audit/shared-question.js';
import type { Clock } from '../../src/domain/clock.js';
import { type PartitionKey, type PositionVector, splitPartitionKey } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import type { TopicDescription } from '../../src/log/port.js';
import type { RemoteLog, RemoteMarks } from '../../src/log/remote-port.js';
import type { TroubleBoard } from './journaled-log-board.js';
import { asRemote, commonEnd, type JournalView, keysOf, pointOf } from './journaled-log-compare.js';
import type { CopiedEnds } from './journaled-log-copied.js';

type Marks = ReadonlyMap<PartitionKey, RemoteMarks>;

export interface AskedParts {
  readonly remote: RemoteLog;
  readonly journal: JournalView;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  readonly board: TroubleBoard;
  readonly copied: CopiedEnds;
  readonly clock: Clock;
}

export class AskedEnds {
  readonly #parts: AskedParts;
  readonly #last = new Map<PartitionKey, bigint>();
  readonly #shared: SharedQuestion<ReadonlyMap<PartitionKey, bigint>>;
  /** The leader epochs under which what was read was found in the log. */
  readonly #comparedUnder: Map<PartitionKey, number>;

  constructor(parts: AskedParts, comparedUnder: ReadonlyMap<PartitionKey, number>) {
    this.#parts = parts;
    this.#comparedUnder = new Map(comparedUnder);
    this.#shared = new SharedQuestion(() => this.#askNow(), parts.clock, 0);
  }

  /**
   * Of a topic that is another one now, or gone, those told last. Rejects when one of the others cannot be had, or lies in a history
   * that is not the one that was read; then reading comes upon that too.
   */
  ask(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return this.#shared.ask();
  }

  async #askNow(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    const { remote, topics, board, copied } = this.#parts;
    const there = [...topics.values()].filter(({ name }) => !board.isWithoutTopic(name));
    const before = new Map(there.flatMap(keysOf).map((key) => [key, copied.endOf(key)]));
    const marks: Marks = there.length === 0 ? new Map() : await remote.marks(there.map(asRemote));
    await Promise.all(there.map((topic) => this.#assertRead(topic, marks, before)));
    for (const [key, of] of marks) {
      this.#last.set(key, of.end);
      this.#judge(key, of);
    }
    const all = [...topics.values()].flatMap(keysOf);
    return new Map(all.map((key) => [key, this.#last.get(key) ?? copied.endOf(key)]));
  }

  /** Rejects when marks are missing or are not of the history that was read; partitions that are not read on are left out. */
  async #assertRead(topic: TopicDescription, marks: Marks, readBefore: PositionVector): Promise<void> {
    const { remote, journal, board } = this.#parts;
    for (const key of keysOf(topic)) {
      const of = marks.get(key);
      if (of === undefined) throw withoutMarks(key);
      if (board.stopping(key) !== undefined) continue;
      if (of.end < (readBefore.get(key) ?? 0n)) throw parted(key);
      if (this.#comparedUnder.get(key) === of.leaderEpoch) continue;
      const last = journal.lastOf(key);
      const common = await commonEnd(remote, journal, pointOf(topic, key));
      if (last !== undefined && common !== undefined && common <= last.offset) throw parted(key);
      this.#comparedUnder.set(key, of.leaderEpoch);
    }
  }

  /** A transaction is told when it keeps us: what can be read has been. */
  #judge(key: PartitionKey, { readableEnd, end }: RemoteMarks): void {
    const { board, copied } = this.#parts;
    const isKept = readableEnd < end && copied.endOf(key) >= readableEnd;
    if (isKept && board.stopping(key) === undefined) board.set(key, { kind: 'blocked_at_lso', readableEnd });
    if (!isKept) board.clear(key, 'blocked_at_lso');
  }
}

function parted(key: PartitionKey): TidemarkError {
  const { topic, partition } = splitPartitionKey(key);
  return new TidemarkError({
    code: 'log_failed',
    message: `The log does not have what was read of ${topic}, partition ${partition}, or not yet again.`,
    advice: 'Try again in a few seconds; if the log has lost records, the state of the partition tells it then.',
    retriable: true,
    facts: { partition: key },
  });
}

function withoutMarks(key: PartitionKey): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: `The log did not tell the end of ${splitPartitionKey(key).topic}, partition ${splitPartitionKey(key).partition}.`,
    advice: 'Try again; if it persists, look at the leaders of this partition.',
    retriable: true,
    facts: { partition: key },
  });
}
