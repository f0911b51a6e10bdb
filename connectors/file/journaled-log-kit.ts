/** Clusters and logs for the tests of a log of others with a journal. */
import type { Clock } from '../../src/domain/clock.js';
import type { RecordReading } from '../../src/log/port.js';
import { keepEverything, type Retention } from '../../src/log/retention.js';
import { MemoryRemote } from '../memory/remote.js';
import { MemoryCluster } from '../memory/remote-cluster.js';
import { JournaledLog, type JournaledLogOptions, type JournaledLogReport } from './journaled-log.js';
import { atEnd, newFolder, note, nowMs } from './test-kit.js';

export interface KitTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retention?: Retention;
}

const oneNotes: readonly KitTopic[] = [{ name: 'notes', partitions: 1 }];

/** Stands still until `advance`. */
export class HandClock implements Clock {
  #ms = nowMs;
  readonly #sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  wallMs(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }

  advance(ms: number): void {
    this.#ms += ms;
    for (const sleeper of [...this.#sleepers].filter(({ dueMs }) => dueMs <= this.#ms)) sleeper.wake();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = { dueMs: this.#ms + ms, wake };
      const sleepers = this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
      function wake(): void {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      }
    });
  }
}

export class Scene {
  readonly cluster: MemoryCluster;
  readonly clock = new HandClock();
  readonly reports: JournaledLogReport[] = [];
  readonly #topics: readonly KitTopic[];
  folder = '';

  /** `stamp`: of the records that the cluster takes. */
  constructor(topics: readonly KitTopic[] = oneNotes, stamp: () => number = () => nowMs) {
    this.#topics = topics;
    this.cluster = new MemoryCluster(stamp);
    for (const { name, partitions } of topics) this.cluster.createTopic(name, partitions);
  }

  /** Over the same folder as before, if there was one; closed after the test. */
  async open(options: Partial<JournaledLogOptions> = {}): Promise<JournaledLog> {
    if (this.folder === '') this.folder = await newFolder();
    const log = await JournaledLog.open({
      remote: new MemoryRemote(this.cluster),
      folder: this.folder,
      topics: this.#topics.map(({ name, retention = keepEverything }) => ({ name, retention })),
      ownTopics: [],
      clock: this.clock,
      onReport: (report) => this.reports.push(report),
      ...options,
    });
    atEnd(() => log.close());
    return log;
  }

  /** Others append to `notes`. */
  write(...values: readonly string[]): void {
    this.cluster.append(values.map(note));
  }

  kinds(): readonly string[] {
    return this.reports.map(({ kind }) => kind);
  }
}

export function valueIn(reading: RecordReading | undefined): string | undefined {
  if (reading === undefined) return undefined;
  return reading.kind === 'found' ? Buffer.from(reading.record.value ?? []).toString() : reading.why;
}
