/**
 * Writes checkpoints: when enough has been applied since the last, and at a clean stop. Nothing waits for it: a checkpoint that
 * cannot be written costs the next start some time, and nothing else.
 */
import type { Clock } from '../domain/clock.js';
import type { PositionVector } from '../domain/position.js';
import { limits } from '../limits.js';
import { type CaptureParts, capture } from './capture.js';
import type { CheckpointName, CheckpointStore } from './port.js';
import type { CheckpointReport } from './report.js';

export interface CheckpointerParts extends CaptureParts {
  readonly store: CheckpointStore;
  readonly clock: Clock;
  readonly report: CheckpointReport;
  through(): Promise<PositionVector>;
}

export interface Written {
  readonly name: CheckpointName;
  readonly through: PositionVector;
  /** How far the audit topic had come. */
  readonly recordedThrough: bigint;
}

// Of the time, at most a tenth goes into writing, however many records come: a flood is over sooner, and its start folds some more.
const REST_PER_WRITE = 9;

const never = new AbortController().signal;

export class Checkpointer {
  readonly #parts: CheckpointerParts;
  /** What the newest checkpoint covers. */
  #covered: PositionVector;
  #writing: Promise<unknown> = Promise.resolve();
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  /** `covered`: what the checkpoint covers that the service was started from. */
  constructor(parts: CheckpointerParts, covered: PositionVector) {
    this.#parts = parts;
    this.#covered = covered;
  }

  /** Runs until `signal` aborts. What fails is told and tried again later. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(limits.checkpointLookMs, signal);
      const isDue = clock.monotonicMs() >= this.#notBeforeMs;
      if (!signal.aborted && isDue) await this.#try(limits.checkpointRecords, signal);
    }
  }

  /** One more when the service has stopped applying, if it is worth it and takes no longer than `limits.checkpointStopMs`. */
  async finish(): Promise<void> {
    const late = new AbortController();
    const timer = this.#parts.clock.sleep(limits.checkpointStopMs, late.signal).then(() => late.abort());
    await this.#try(limits.checkpointStopRecordsMin, late.signal);
    late.abort();
    await timer;
  }

  /** Writes one now, after whatever is being written. Rejects when it cannot be. */
  write(signal: AbortSignal = never): Promise<Written> {
    const written = this.#writing.then(() => this.#write(signal));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Never rejects: a store that cannot say how far it is fails like one that cannot be written, and is asked again later. */
  async #try(recordsMin: number, signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#parts;
    try {
      if ((await this.#uncovered()) < BigInt(recordsMin)) return;
      const startedAtMs = clock.monotonicMs();
      await this.write(signal);
      const endedAtMs = clock.monotonicMs();
      this.#notBeforeMs = endedAtMs + (endedAtMs - startedAtMs) * REST_PER_WRITE;
    } catch (error) {
      this.#notBeforeMs = clock.monotonicMs() + limits.checkpointRetryMs;
      // Whoever stops the service has asked for it.
      if (!signal.aborted) report.failed(error);
    }
  }

  async #write(signal: AbortSignal): Promise<Written> {
    const { store, report } = this.#parts;
    const { through, recordedThrough, chunks } = await capture(this.#parts);
    const name = await store.write(chunks, signal);
    const records = recordsBetween(this.#covered, through);
    this.#covered = through;
    report.written(name, records);
    await store.keepNewest(limits.checkpointsKept);
    return { name, through, recordedThrough };
  }

  async #uncovered(): Promise<bigint> {
    return recordsBetween(this.#covered, await this.#parts.through());
  }
}

function recordsBetween(from: PositionVector, to: PositionVector): bigint {
  let records = 0n;
  for (const [partition, through] of to) records += through - (from.get(partition) ?? -1n);
  return records;
}
