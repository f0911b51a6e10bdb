/**
 * A log that others own, read through a journal of our own. One task copies every topic into the journal; whoever reads, reads the
 * journal, and what is appended is there once it has come back. What happens to the log is a trouble of the partitions it is about.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LeaderEpochs } from '../../src/domain/epochs.js';
import { type PartitionKey, type Position, type PositionVector, splitPartitionKey } from '../../src/domain/position.js';
import type {
  EventLog,
  LogBatch,
  LogRecord,
  NewRecord,
  RecordReader,
  RecordReading,
  TopicDescription,
} from '../../src/log/port.js';
import type { ExpiredRange, ExpiringLog } from '../../src/log/retention.js';
import {
  type AcceptableKind,
  type AcceptingLog,
  factsOf,
  type TroubleFacts,
  type Troubles,
} from '../../src/log/trouble.js';
import { logClosed } from './damage.js';
import { appendAndAwait } from './journaled-log-append.js';
import { asRemote, keysOf } from './journaled-log-compare.js';
import { nothingToAccept, ownHasOnePartition } from './journaled-log-errors.js';
import { openJournaledLog } from './journaled-log-open.js';
import { copyOwn } from './journaled-log-own.js';
import { type JournaledParts, startParts } from './journaled-log-parts.js';
import type { JournaledLogOptions } from './journaled-log-types.js';

export type { JournaledLogOptions, JournaledLogReport } from './journaled-log-types.js';

export class JournaledLog implements EventLog, RecordReader, ExpiringLog, AcceptingLog {
  readonly id: string;
  readonly copyId: string;
  readonly epochs: LeaderEpochs;
  readonly #parts: JournaledParts;
  readonly #appends = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(parts: JournaledParts) {
    this.id = parts.journal.id;
    this.copyId = parts.journal.copyId;
    this.epochs = parts.epochs;
    this.#parts = parts;
  }

  /**
   * Resolves when the own topics have been copied as far as they can be read now; the others follow. Rejects with `config_invalid` for
   * a topic that the log does not have or that has lost partitions, as the journal does, when the log cannot be asked, and with `stopping`
   * once the options' signal aborts; then nothing is held.
   */
  static async open(options: JournaledLogOptions): Promise<JournaledLog> {
    try {
      const log = new JournaledLog(startParts(options, await openJournaledLog(options)));
      await copyOwn(log.#parts, options).catch(async (error: unknown) => {
        await log.close();
        throw error;
      });
      return log;
    } catch (error) {
      await options.remote.close();
      throw error;
    }
  }

  /** Rejects when the journal will take nothing more: its disk has failed in a way that only a new start gets over. */
  get failed(): Promise<never> {
    return this.#parts.failed;
  }

  get troubles(): Troubles {
    return this.#parts.board.all;
  }

  /** As the journal knows them: a topic that was made again or has grown is as it was, until that is accepted. */
  topics(): readonly TopicDescription[] {
    return [...this.#parts.topics.values()];
  }

  /**
   * Resolves when the records are in the journal too. Rejects with `log_failed` at once for a partition that is not being read; and,
   * retriable, when they do not come back from the log: then they may have been written.
   */
  async append(records: readonly NewRecord[]): Promise<readonly Position[]> {
    if (this.#closing !== undefined) throw logClosed();
    if (records.length === 0) return [];
    const appending = appendAndAwait(this.#parts, records);
    this.#appends.add(appending);
    return appending.finally(() => this.#appends.delete(appending));
  }

  subscribe(topics: readonly string[], from: PositionVector, signal: AbortSignal): AsyncIterable<LogBatch> {
    return this.#parts.journal.subscribe(topics, from, signal);
  }

  /** Those of the log. Of a partition whose topic is another one now, or gone, what was told last. */
  async ends(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    try {
      return await this.#parts.ends.ask();
    } catch (error) {
      // A topic that has changed may be why: then the next call knows.
      if (this.#closing === undefined) void this.#parts.watch.look();
      throw error;
    }
  }

  /** Those of the journal. */
  async starts(): Promise<ReadonlyMap<PartitionKey, bigint>> {
    const starts = this.#parts.journal.starts();
    return new Map(
      this.topics()
        .flatMap(keysOf)
        .map((key) => [key, starts.get(key) ?? 0n]),
    );
  }

  recordsThrough(through: PositionVector): Promise<ReadonlyMap<PartitionKey, bigint>> {
    return this.#parts.counts.through(through);
  }

  settle(): Promise<void> {
    return this.#parts.journal.sync();
  }

  /** What is committed is in the journal for good. */
  async commit(through: PositionVector): Promise<void> {
    if (this.#closing !== undefined) throw logClosed();
    await this.#parts.journal.sync();
    await this.#parts.remote.commit(through);
  }

  committed(): Promise<PositionVector> {
    return this.#parts.remote.committed(this.topics().map(asRemote));
  }

  read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    return this.#parts.journal.read(topic, partition, offsets);
  }

  scan(topic: string, partition: number, from: bigint, to: bigint): AsyncIterable<readonly LogRecord[]> {
    return this.#parts.journal.scan(topic, partition, from, to);
  }

  /** Of the journal, what has left by its outlet; what the log itself keeps is its owners' affair. */
  expire(upTo: PositionVector, nowMs: number): Promise<readonly ExpiredRange[]> {
    return this.#parts.journal.expire(this.#parts.lettingGo(upTo), nowMs);
  }

  async accept(partition: PartitionKey, kind: AcceptableKind, seen?: TroubleFacts): Promise<'now' | 'at_next_start'> {
    if (this.#closing !== undefined) throw logClosed();
    const { journal, board, copied, mirror, accepted, ownTopics } = this.#parts;
    const trouble = board.get(partition);
    const isAsSeen = trouble?.kind === kind && (seen === undefined || isDeepStrictEqual(factsOf(trouble), { ...seen }));
    if (!isAsSeen) throw nothingToAccept(partition, kind, trouble);
    const isOwn = ownTopics.includes(splitPartitionKey(partition).topic);
    if (kind === 'new_partition' && isOwn) throw ownHasOnePartition(partition);
    if (trouble.kind === 'gap') {
      const { topic, partition: number } = splitPartitionKey(partition);
      await journal.append({ topic, partition: number, records: [], nextOffset: trouble.to });
      await journal.sync();
      copied.move(partition, trouble.to);
      board.clear(partition, 'gap');
      mirror.restart();
      return 'now';
    }
    await accepted.add(partition, trouble);
    return 'at_next_start';
  }

  /** Writes into the lock where the server answers, so that commands find it. */
  announce(url: string): Promise<void> {
    return this.#parts.journal.announce(url);
  }

  /** Waits for appends, as long as they may take; then nothing more is copied, and what was is on the disk. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#appends);
    await this.#parts.stop();
  }
}
