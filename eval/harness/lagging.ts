/**
 * A service that lags, in virtual time: its log shows records late, and its indexer is told late what is to be indexed. Nothing else is
 * changed: what is behind is judged, labelled, waited for and refused by the service's own rules.
 */
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { partitionOf } from '../../src/log/partitioner.js';
import type { NewRecord } from '../../src/log/port.js';
import type { Engines } from '../../src/pipeline.js';
import type { PendingMark, StateStore } from '../../src/state/port.js';
import type { Lag } from './lag.js';
import { LaggingLog } from './lagging-log.js';

export interface LaggingParts {
  readonly engines: Engines;
  readonly lag: Lag;
  /** When questions are asked, milliseconds since 1970, ascending. */
  readonly askedAtMs: readonly number[];
  /** Where a record belongs that its source has in a partition of its own. */
  readonly placed: (record: NewRecord) => number | undefined;
}

export class Lagging {
  readonly log: LaggingLog;
  readonly engines: Engines;
  readonly #parts: LaggingParts;
  /** Of the last record of each partition. */
  readonly #lastAtMs = new Map<PartitionKey, number>();

  constructor(parts: LaggingParts) {
    const { engines, lag } = parts;
    const { log, state, clock, topics } = engines;
    const sources = new Set(topics.sources.map(({ name }) => name));
    const nowMs = () => clock.wallMs();
    this.#parts = parts;
    this.log = new LaggingLog({ log, topics: sources, lagMs: lag.stateMs, nowMs });
    const isDue = ({ entity }: PendingMark) => {
      const arrivedAtMs = this.log.arrivedAtMs(entity.watermark.position);
      return arrivedAtMs === undefined || arrivedAtMs + lag.stateMs + lag.indexMs <= nowMs();
    };
    this.engines = { ...engines, log: this.log, state: pendingWhenDue(state, isDue) };
  }

  /**
   * Whether the end of the log must be looked at before this record arrives, for an answer to know its own age: it is the first of its
   * partition that is not folded when some question is asked. A service looks all the time; here, only where it is of consequence.
   */
  isLookDue(record: NewRecord): boolean {
    const { engines, lag, askedAtMs } = this.#parts;
    const nowMs = engines.clock.wallMs();
    const key = this.#partitionOf(record);
    const lastAtMs = this.#lastAtMs.get(key) ?? Number.NEGATIVE_INFINITY;
    this.#lastAtMs.set(key, nowMs);
    const next = firstFrom(askedAtMs, Math.max(lastAtMs + lag.stateMs, nowMs));
    return next !== undefined && next < nowMs + lag.stateMs;
  }

  #partitionOf(record: NewRecord): PartitionKey {
    const topic = this.log.topics().find(({ name }) => name === record.topic);
    const byKey = record.key === null ? 0 : partitionOf(record.key, topic?.partitions ?? 1);
    return partitionKey(record.topic, this.#parts.placed(record) ?? byKey);
  }
}

function firstFrom(ascending: readonly number[], from: number): number | undefined {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? from) < from) low = middle + 1;
    else high = middle;
  }
  return ascending[low];
}

/** The state with fewer marks for its indexer; snapshots read it as it is, and know what the index lacks. */
function pendingWhenDue(state: StateStore, isDue: (mark: PendingMark) => boolean): StateStore {
  const allPending: StateStore['allPending'] = async (countMax) => {
    const marks = await state.allPending(Number.MAX_SAFE_INTEGER);
    return marks.filter(isDue).slice(0, countMax);
  };
  return new Proxy(state, {
    get: (target, name) => {
      if (name === 'allPending') return allPending;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
