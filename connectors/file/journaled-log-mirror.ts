/** Copies what the log of others has into the journal, one round of reading after the other, each partition until it meets trouble. */
import type { Clock } from '../../src/domain/clock.js';
import { type PartitionKey, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import type { LogRecord, TopicDescription } from '../../src/log/port.js';
import type { ReadPoint, RemoteLog, RemoteNews, RemoteRecord } from '../../src/log/remote-port.js';
import type { PartitionTrouble } from '../../src/log/trouble.js';
import type { FileJournal } from './journal.js';
import type { TroubleBoard } from './journaled-log-board.js';
import { commonEnd, keysOf, pointOf, resumeAt } from './journaled-log-compare.js';
import type { CopiedEnds } from './journaled-log-copied.js';
import type { CopiedCounts } from './journaled-log-counts.js';
import { fitted } from './journaled-log-fit.js';
import type { JournaledLogReport } from './journaled-log-types.js';

export interface MirrorParts {
  readonly remote: RemoteLog;
  readonly journal: FileJournal;
  readonly topics: ReadonlyMap<string, TopicDescription>;
  /** First kept offsets of the log, as last known. */
  readonly remoteStarts: Map<PartitionKey, bigint>;
  readonly board: TroubleBoard;
  readonly copied: CopiedEnds;
  readonly counts: CopiedCounts;
  readonly clock: Clock;
  readonly onReport: (report: JournaledLogReport) => void;
  readonly onCopied: (recordCount: number) => void;
}

type RecordNews = RemoteNews & { readonly kind: 'records' };

export class Mirror {
  readonly #parts: MirrorParts;
  readonly #stopped = new AbortController();
  #round = new AbortController();
  /** Told once, until something has been copied again. */
  #isFailing = false;
  readonly #running: Promise<void>;

  /** Begins at once. */
  constructor(parts: MirrorParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** Reading begins anew from where each partition is, without those in trouble. */
  restart(): void {
    this.#round.abort();
  }

  /** Resolves when nothing more is copied. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#round.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, onReport } = this.#parts;
    while (!this.#stopped.signal.aborted) {
      this.#round = new AbortController();
      try {
        await this.#copy(this.#round.signal);
      } catch (cause) {
        if (!this.#isFailing) onReport({ kind: 'copying_failed', cause });
        this.#isFailing = true;
        await clock.sleep(limits.copyRetryMs, this.#stopped.signal);
      }
    }
  }

  async #copy(round: AbortSignal): Promise<void> {
    const points = this.#points();
    if (points.length === 0) return aborted(round);
    for await (const news of this.#parts.remote.follow(points, round)) {
      if (news.kind === 'records') await this.#take(news);
      else await this.#meet(news.partition, news.trouble);
    }
    // A reading that ends by itself has been closed from outside.
    await aborted(round);
  }

  #points(): readonly ReadPoint[] {
    const { journal, topics, board, remoteStarts } = this.#parts;
    return [...topics.values()].flatMap((topic) =>
      keysOf(topic)
        .filter((key) => board.stopping(key) === undefined)
        .map((key) => ({ ...pointOf(topic, key), ...resumeAt(journal, key, remoteStarts.get(key) ?? 0n) })),
    );
  }

  async #take({ topic: name, partition, records, nextOffset }: RecordNews): Promise<void> {
    const { journal, board, copied, counts, onCopied } = this.#parts;
    const key = partitionKey(name, partition);
    const end = copied.endOf(key);
    const { incarnation } = this.#topic(name);
    if (board.stopping(key) !== undefined) return;
    const [first] = records;
    // Where a marker stood that has been read, there is a record now.
    if (first !== undefined && first.offset < end) return this.#stop(key, { kind: 'truncated', from: first.offset });
    if (first === undefined && nextOffset <= end) return;
    const copies = records.map((record): LogRecord => {
      const { offset, leaderEpoch, ...content } = this.#fit(key, record);
      return { position: { topic: name, incarnation, partition, leaderEpoch, offset }, ...content };
    });
    await journal.append({ topic: name, partition, records: copies, nextOffset });
    counts.took(key, records.length);
    copied.move(key, nextOffset);
    this.#isFailing = false;
    onCopied(records.length);
  }

  #fit(partition: PartitionKey, of: RemoteRecord): RemoteRecord {
    const { record, isCut } = fitted(of);
    if (isCut) this.#parts.onReport({ kind: 'record_cut', partition, offset: of.offset });
    return record;
  }

  /** The reading knows of a trouble what the log can tell of one offset; the journal knows more. */
  async #meet(key: PartitionKey, trouble: PartitionTrouble): Promise<void> {
    const { remote, journal, copied, remoteStarts } = this.#parts;
    if (trouble.kind === 'gap') {
      remoteStarts.set(key, trouble.to);
      const end = copied.endOf(key);
      if (trouble.to <= end) return this.restart();
      return this.#stop(key, { ...trouble, from: end });
    }
    if (trouble.kind !== 'truncated') return this.#stop(key, trouble);
    const { topic } = splitPartitionKey(key);
    const common = await commonEnd(remote, journal, pointOf(this.#topic(topic), key));
    const lastOffset = journal.lastOf(key)?.offset;
    // With all records in common, what is lost are markers behind them.
    const isOfRecords = common !== undefined && lastOffset !== undefined && common <= lastOffset;
    const from = isOfRecords ? common : trouble.from;
    this.#stop(key, { kind: 'truncated', from });
  }

  #stop(key: PartitionKey, trouble: PartitionTrouble): void {
    const { board, copied, topics } = this.#parts;
    const topic = topics.get(splitPartitionKey(key).topic);
    const isOfTopic = trouble.kind === 'recreated' || trouble.kind === 'topic_missing';
    for (const one of isOfTopic && topic !== undefined ? keysOf(topic) : [key]) {
      board.set(one, trouble);
      copied.stop(one);
    }
  }

  #topic(name: string): TopicDescription {
    const found = this.#parts.topics.get(name);
    if (found === undefined) throw new Error('a reading tells only of topics that it was asked for');
    return found;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
