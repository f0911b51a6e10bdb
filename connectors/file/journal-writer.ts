/** The writing half of one partition of a journal: batches become frames at the end of a segment, synced by the caller's leave. */
import type { LogBatch, LogRecord } from '../../src/log/port.js';
import { Turns } from '../../src/log/turns.js';
import { admittedBytes } from './admission.js';
import { copyFailed, notNext, otherIncarnation, syncLost } from './damage.js';
import { writeFully } from './file-steps.js';
import { encodeFrame } from './frame.js';
import type { Mark } from './journal-marks.js';
import type { OpenFiles } from './open-files.js';
import type { Partition } from './partition.js';
import type { PartitionFolder } from './partition-folder.js';
import type { Segment } from './segment.js';
import { createSegment } from './segment-create.js';
import { removeExpired, writeStart } from './start-file.js';

export interface JournalWriterSetting {
  readonly at: PartitionFolder;
  /** To write to; shared with other partitions, of which there may be many. */
  readonly open: OpenFiles;
  readonly ownerEpoch: number;
  readonly segmentBytesMax: number;
  /** Milliseconds after its first record at which a segment is closed. */
  readonly rollAfterMs: number;
  readonly clock: () => number;
  /** Called with each segment that will not be written to again. */
  readonly onSealed: (segment: Segment) => void;
}

export class JournalWriter {
  readonly partition: Partition;
  readonly #setting: JournalWriterSetting;
  readonly #turns = new Turns();
  /** When the segment that is written to got its first record. */
  #begunAtMs: number | undefined;
  /** Bytes of a write that failed may lie behind the last frame. */
  #isTorn = false;
  #mark: Mark;
  #failure: unknown;

  constructor(partition: Partition, mark: Mark, setting: JournalWriterSetting) {
    this.partition = partition;
    this.#mark = mark;
    this.#setting = setting;
  }

  /** What `sync` made durable last. */
  get mark(): Mark {
    return this.#mark;
  }

  get isSynced(): boolean {
    return this.#mark.syncedEnd === this.partition.last.end && this.#mark.end === this.partition.end;
  }

  /**
   * One batch after the other; the next one is encoded while the one before it is written. Rejects with `log_failed`,
   * retriable: then nothing of the batch is there.
   */
  async append(batch: LogBatch): Promise<void> {
    const frames = encoded(batch.records);
    await this.#inTurn(async () => {
      this.#assertNext(batch);
      if (batch.records.length > 0) await this.#write(batch.records, frames);
      this.partition.moveEnd(batch.nextOffset);
    });
  }

  /** Nothing that was before `start` will come. Of a partition that has anything already, nothing happens. */
  begin(start: bigint): Promise<void> {
    return this.#inTurn(async () => {
      if (this.partition.end === 0n && start > 0n) await this.#begin(start);
    });
  }

  /** Everything appended before is on the disk when it resolves. */
  sync(): Promise<void> {
    return this.#inTurn(async () => {
      const mark = { syncedEnd: this.partition.last.end, end: this.partition.end };
      if (this.#mark.syncedEnd !== mark.syncedEnd) await this.#syncFile();
      this.#mark = mark;
    });
  }

  /** Closes the segment that is written to, if it holds anything. */
  seal(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isEmpty) await this.#trying(() => this.#roll(this.partition.last.end));
    });
  }

  /** Closes the segment that is written to if it is older than it may become, or of an earlier owner. */
  sealAged(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isEmpty || !this.#isDue) return;
      await this.#trying(() => this.#roll(this.partition.last.end));
    });
  }

  /** Resolves when nothing is under way. */
  drained(): Promise<void> {
    return this.#turns.take(async () => undefined);
  }

  get #isEmpty(): boolean {
    return this.partition.last.end === this.partition.last.baseOffset;
  }

  /** Whether the segment may be written to no more, whatever its size. */
  get #isDue(): boolean {
    const { clock, ownerEpoch, rollAfterMs } = this.#setting;
    if (this.partition.last.ownerEpoch !== ownerEpoch) return true;
    return this.#begunAtMs !== undefined && clock() - this.#begunAtMs >= rollAfterMs;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#failure !== undefined) throw syncLost(this.#failure);
      await work();
    });
  }

  #assertNext({ records, nextOffset }: LogBatch): void {
    const { incarnation } = this.partition.identity;
    const first = records[0]?.position;
    if (first !== undefined && first.incarnation.id !== incarnation.id) throw otherIncarnation(first.topic);
    let end = this.partition.end;
    for (const { position } of records) {
      if (position.offset < end) throw notNext(position.offset, end);
      end = position.offset + 1n;
    }
    if (nextOffset < end) throw notNext(nextOffset, end);
  }

  async #begin(start: bigint): Promise<void> {
    const { at } = this.#setting;
    await this.#trying(async () => {
      await writeStart(at, start);
      await this.#roll(start);
      await removeExpired(at, start);
    });
  }

  async #write(records: readonly LogRecord[], frames: Buffer): Promise<void> {
    const end = (records.at(-1)?.position.offset ?? 0n) + 1n;
    await this.#trying(async () => {
      const isFull = this.partition.last.bytes + frames.length > this.#setting.segmentBytesMax;
      if (this.#isDue || (isFull && !this.#isEmpty)) await this.#roll(this.partition.last.end);
      const { path, bytes } = this.partition.last;
      this.#isTorn = true;
      await this.#setting.open.use(path, (file) => writeFully(file, frames, bytes));
      this.#isTorn = false;
    });
    this.#begunAtMs ??= this.#setting.clock();
    this.partition.publish(frames, end);
  }

  /** A failed write is taken back at once, or, when that fails as well, before the next one. */
  async #trying(work: () => Promise<void>): Promise<void> {
    try {
      await this.#mend();
      await work();
    } catch (error) {
      await this.#mend().catch(() => undefined);
      throw copyFailed(error);
    }
  }

  async #mend(): Promise<void> {
    if (!this.#isTorn) return;
    const { path, bytes } = this.partition.last;
    await this.#setting.open.use(path, (file) => file.truncate(bytes));
    this.#isTorn = false;
  }

  /** `base` is the end of the last segment, so that a missing one is told from a gap. */
  async #roll(base: bigint): Promise<void> {
    const { at, ownerEpoch, onSealed } = this.#setting;
    const sealed = this.#isEmpty ? undefined : this.partition.last;
    await this.#mend();
    if (sealed !== undefined) await this.#syncFile();
    const next = await createSegment(at, base, { ownerEpoch, mode: 'replace' });
    await next.file.close();
    if (sealed !== undefined) await this.#setting.open.forget(sealed.path);
    this.partition.addSegment(next.segment);
    this.#begunAtMs = undefined;
    if (sealed !== undefined) onSealed(sealed);
  }

  /** After a failed sync nobody knows what is on the disk, and the next sync would not tell: nothing more is written. */
  async #syncFile(): Promise<void> {
    try {
      await this.#setting.open.use(this.partition.last.path, (file) => file.dataSync());
    } catch (error) {
      this.#failure = error;
      throw syncLost(error);
    }
  }
}

/** Memory that nobody writes to again: readers take the newest records from it. Throws `request_too_large`. */
function encoded(records: readonly LogRecord[]): Buffer {
  const frames = Buffer.allocUnsafeSlow(records.reduce((bytes, record) => bytes + admittedBytes(record), 0));
  let at = 0;
  for (const record of records) {
    const { offset, leaderEpoch } = record.position;
    at = encodeFrame(frames, at, { offset, leaderEpoch, timestampMs: record.timestampMs }, record);
  }
  return frames;
}
