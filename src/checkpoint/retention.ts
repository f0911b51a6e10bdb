/**
 * Retention: before records may go, a checkpoint of what they amounted to is written, made the base and read back. Only then does the
 * log let go of them, and only up to there.
 */
import type { Clock } from '../domain/clock.js';
import { type PartitionKey, type PositionVector, partitionKey } from '../domain/position.js';
import type { JournalIndex } from '../journal/journal-index.js';
import { limits } from '../limits.js';
import { decodeRejectedEntry } from '../log/dead-letter.js';
import type { EventLog, RecordReader } from '../log/port.js';
import type { RejectedEvents } from '../log/rejected-port.js';
import type { ExpiringLog, Retention } from '../log/retention.js';
import type { TopicMap } from '../log/topics.js';
import type { Bases } from './bases.js';
import type { Checkpointer, Written } from './checkpointer.js';
import { soundCheckpoint } from './choose.js';
import type { CheckpointStore } from './port.js';
import type { CheckpointReport } from './report.js';

export interface RetentionParts {
  readonly log: EventLog & RecordReader;
  /** The same log. */
  readonly expiring: ExpiringLog;
  /** What is configured, by topic; the log knows it too and is who applies it. */
  readonly retentionOf: ReadonlyMap<string, Retention>;
  readonly store: CheckpointStore;
  readonly checkpointer: Checkpointer;
  readonly bases: Bases;
  readonly index: JournalIndex;
  readonly rejected: Pick<RejectedEvents, 'alone'>;
  readonly topics: TopicMap;
  readonly clock: Clock;
  readonly report: CheckpointReport;
  through(): Promise<PositionVector>;
}

export class RetentionKeeper {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Runs until `signal` aborts. What fails is told and tried again at the next turn. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(limits.retentionIntervalMs, signal);
      if (signal.aborted) return;
      try {
        if (await this.#mayExpire()) await this.expire(signal);
      } catch (error) {
        if (!signal.aborted) this.#parts.report.failed(error);
      }
    }
  }

  /**
   * One turn: base, then expiry. False when a decision came between, which the base must hold before its record goes, and while the log has
   * another history than was read: a base would hold what is gone, and once that is accepted nothing would stand for what expired. From the look for
   * one until the records are gone nobody decides, nor is shown what a decision would do: it would be shown what is about to go.
   */
  async expire(signal: AbortSignal): Promise<boolean> {
    const { store, checkpointer, log, index, rejected } = this.#parts;
    if (hasOtherHistory(log)) return false;
    const written = await checkpointer.write(signal);
    const base = await store.makeBase(written.name);
    // Read back from where it will be read when it is needed: what rests on it cannot be made again.
    const checkpoint = await soundCheckpoint(store, base);
    if (typeof checkpoint === 'string') throw new Error(`a base that was just written cannot be read: ${checkpoint}`);
    if (!(await rejected.alone(() => this.#expireUnlessDecided(written)))) return false;
    await index.prune(await log.starts());
    await store.removeBasesBefore(base);
    return true;
  }

  async #expireUnlessDecided(written: Written): Promise<boolean> {
    const { log, bases, expiring, clock, report } = this.#parts;
    if (hasOtherHistory(log) || (await this.#hasDecisionAfter(written))) return false;
    await bases.during(async () => {
      const ranges = await expiring.expire(this.#upTo(written), clock.wallMs());
      if (ranges.length > 0) report.expired(ranges);
    });
    return true;
  }

  /** A redrive refolds its key from records that are about to go: the base must show what came of it. */
  async #hasDecisionAfter({ through }: Written): Promise<boolean> {
    const { log, topics } = this.#parts;
    const partition = partitionKey(topics.rejected, 0);
    const end = (await log.ends()).get(partition) ?? 0n;
    for await (const records of log.scan(topics.rejected, 0, (through.get(partition) ?? -1n) + 1n, end)) {
      if (records.some((record) => decodeRejectedEntry(record)?.entry === 'decision')) return true;
    }
    return false;
  }

  #upTo({ through, recordedThrough }: Written): PositionVector {
    const upTo = new Map<PartitionKey, bigint>(through);
    if (recordedThrough >= 0n) upTo.set(partitionKey(this.#parts.topics.context, 0), recordedThrough);
    return upTo;
  }

  /** Whether a base is worth writing: something has a size to keep to, or a first record that is older than its topic keeps. */
  async #mayExpire(): Promise<boolean> {
    const { log, retentionOf, clock } = this.#parts;
    const starts = await log.starts();
    for (const { name, partitions } of log.topics()) {
      const { ageMs, bytes } = retentionOf.get(name) ?? { ageMs: null, bytes: null };
      if (bytes !== null) return true;
      if (ageMs === null) continue;
      for (let partition = 0; partition < partitions; partition++) {
        const first = starts.get(partitionKey(name, partition)) ?? 0n;
        const [reading] = await log.read(name, partition, [first]);
        if (reading?.kind === 'found' && clock.wallMs() - reading.record.timestampMs > ageMs) return true;
      }
    }
    return false;
  }
}

function hasOtherHistory({ troubles }: EventLog): boolean {
  return [...troubles.values()].some(({ kind }) => kind === 'recreated' || kind === 'truncated');
}
