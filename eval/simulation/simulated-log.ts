/** The log as one process reaches it: every call over its line, deliveries in any slices, again and out of turn between partitions. */
import type { LeaderEpochs } from '../../src/domain/epochs.js';
import { type PartitionKey, type PositionVector, partitionKey, splitPartitionKey } from '../../src/domain/position.js';
import type { EventLog, LogBatch, LogRecord, NewRecord, RecordReader } from '../../src/log/port.js';
import { noTroubles } from '../../src/log/trouble.js';
import type { DurableLog } from './durable-log.js';
import type { Machine, Process } from './process.js';

/** Records of one slice at most: small, so that slices are many. */
const SLICE_MAX = 6;

export class SimulatedLog implements EventLog, RecordReader {
  readonly id: string;
  readonly epochs: LeaderEpochs;
  readonly troubles = noTroubles;
  readonly #durable: DurableLog;
  readonly #process: Process;
  readonly #machine: Machine;

  constructor(durable: DurableLog, process: Process, machine: Machine) {
    this.id = durable.store.id;
    this.epochs = durable.store.epochs;
    this.#durable = durable;
    this.#process = process;
    this.#machine = machine;
  }

  topics() {
    return this.#durable.store.topics();
  }

  append(records: readonly NewRecord[]) {
    return this.#process.call('log', `append ${records[0]?.topic ?? ''}`, () => this.#durable.append(records));
  }

  ends() {
    return this.#process.call('log', 'ends', () => this.#durable.store.ends());
  }

  starts() {
    return this.#process.call('log', 'starts', () => this.#durable.store.starts());
  }

  recordsThrough(through: PositionVector) {
    return this.#process.call('log', 'records', () => this.#durable.store.recordsThrough(through));
  }

  commit(through: PositionVector) {
    return this.#process.call('log', 'commit', () => this.#durable.store.commit(through));
  }

  committed() {
    return this.#process.call('log', 'committed', () => this.#durable.store.committed());
  }

  read(topic: string, partition: number, offsets: readonly bigint[]) {
    return this.#process.call('log', `read ${topic}`, () => this.#durable.store.read(topic, partition, offsets));
  }

  async *scan(topic: string, partition: number, from: bigint, to: bigint): AsyncGenerator<readonly LogRecord[]> {
    const key = partitionKey(topic, partition);
    for (let next = from; next < to; next += BigInt(SLICE_MAX * 4)) {
      const end = next + BigInt(SLICE_MAX * 4) < to ? next + BigInt(SLICE_MAX * 4) : to;
      yield await this.#process.call('log', `scan ${topic}`, async () => this.#durable.records(key, next, end));
    }
  }

  async *subscribe(topics: readonly string[], from: PositionVector, signal: AbortSignal): AsyncGenerator<LogBatch> {
    const names = this.topics().filter(({ name }) => topics.includes(name));
    const keys = names.flatMap(({ name, partitions }) =>
      [...Array(partitions).keys()].map((n) => partitionKey(name, n)),
    );
    const next = new Map(keys.map((key) => [key, from.get(key) ?? 0n]));
    let last = 0;
    while (!signal.aborted) {
      const rung = this.#durable.bell.next();
      const waiting = keys.filter((key) => (next.get(key) ?? 0n) < this.#durable.end(key));
      const [first] = waiting;
      if (first === undefined) {
        await new Promise<void>((resolve) => void rung.then(() => this.#process.hear(resolve)));
        continue;
      }
      const { faults, random } = this.#machine;
      const inTurn = waiting.find((key) => keys.indexOf(key) > last) ?? first;
      const key = waiting.length > 1 && faults.strikes('interleaved', 0.3) ? random.pick(waiting) : inTurn;
      last = keys.indexOf(key);
      const slice = await this.#slice(key, next.get(key) ?? 0n);
      if (slice === undefined) continue;
      if (slice.nextOffset > (next.get(key) ?? 0n)) next.set(key, slice.nextOffset);
      yield slice;
    }
  }

  /** A slice that was lost on its way is undefined: the connection is made anew and it is asked for again. */
  async #slice(key: PartitionKey, next: bigint): Promise<LogBatch | undefined> {
    const { faults, random } = this.#machine;
    const back = next > 0n && faults.strikes('resent', 0.08) ? BigInt(1 + random.below(Number(next))) : 0n;
    const count = faults.strikes('split', 0.5) ? 1 + random.below(2) : SLICE_MAX;
    const end = this.#durable.end(key);
    const to = next - back + BigInt(count) < end ? next - back + BigInt(count) : end;
    const { topic, partition } = splitPartitionKey(key);
    try {
      const records = await this.#process.call('log', `deliver ${key} ${next - back}..${to}`, async () =>
        this.#durable.records(key, next - back, to),
      );
      return { topic, partition, records, nextOffset: to };
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    // The disk outlives every process.
  }
}
