/** A log that hands out its records as an arrangement says: which partition next, how many records, which of them a second time. */
import { MemoryLog } from '../../connectors/memory/log.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import { Bell } from '../../src/log/delivery.js';
import type { LogBatch, NewRecord } from '../../src/log/port.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';

/** Picks among the partitions that have something; `back` are records delivered before that come once more. */
export interface Turn {
  readonly partition: number;
  readonly count: number;
  readonly back: number;
}

export interface Arrangement {
  /** Taken in turn, again and again. */
  readonly turns: readonly Turn[];
  /** After so many batches the service is stopped, in whatever it is doing, and opened anew. */
  readonly stops: readonly number[];
}

export const plain: Arrangement = { turns: [{ partition: 0, count: 1_000, back: 0 }], stops: [] };

export class ArrangedLog extends MemoryLog {
  readonly #turns: readonly Turn[];
  readonly #rung = new Bell();
  #due: { left: number; readonly reached: () => void } | undefined;

  constructor(turns: readonly Turn[], wallMs: () => number) {
    super({ id: 'log-1', topics: topicsToOpen(defaultTopics), clock: wallMs });
    this.#turns = turns;
  }

  /** Resolves when so many more batches have been handed out, or none is left. */
  after(batches: number): Promise<void> {
    return new Promise((resolve) => {
      this.#due = { left: batches, reached: resolve };
    });
  }

  override async append(records: readonly NewRecord[]) {
    const positions = await super.append(records);
    this.#rung.ring();
    return positions;
  }

  override async *subscribe(
    names: readonly string[],
    from: PositionVector,
    signal: AbortSignal,
  ): AsyncGenerator<LogBatch> {
    const next = new Map<PartitionKey, bigint>();
    for (const { name, partitions } of this.topics().filter((topic) => names.includes(topic.name))) {
      for (let i = 0; i < partitions; i++) next.set(partitionKey(name, i), from.get(partitionKey(name, i)) ?? 0n);
    }
    signal.addEventListener('abort', () => this.#rung.ring(), { once: true });
    for (let at = 0; !signal.aborted; at++) {
      const rung = this.#rung.next();
      const batch = await this.#next(next, at);
      if (batch === undefined) {
        this.#due?.reached();
        await rung;
        continue;
      }
      if (this.#due !== undefined && --this.#due.left <= 0) this.#due.reached();
      yield batch;
    }
  }

  async #next(next: Map<PartitionKey, bigint>, at: number): Promise<LogBatch | undefined> {
    const ends = await this.ends();
    const ready = [...next].filter(([key, offset]) => offset < (ends.get(key) ?? 0n));
    const turn = this.#turns[at % this.#turns.length];
    const [key, from] = ready[(turn?.partition ?? 0) % Math.max(1, ready.length)] ?? [];
    if (turn === undefined || key === undefined || from === undefined) return undefined;
    const back = BigInt(turn.back);
    const { topic, partition } = splitPartitionKey(key);
    for await (const records of this.scan(
      topic,
      partition,
      from > back ? from - back : 0n,
      from + BigInt(turn.count),
    )) {
      const nextOffset = (records.at(-1)?.position.offset ?? from - 1n) + 1n;
      next.set(key, nextOffset);
      return { topic, partition, records, nextOffset };
    }
    return undefined;
  }
}
