/** Where the reading of one partition is, and what it waits for. */
import { type PartitionKey, partitionKey } from '../../src/domain/position.js';
import { limits } from '../../src/limits.js';
import type { EpochEnd, ReadPoint, RemoteMarks } from '../../src/log/remote-port.js';
import type { PartitionTrouble } from '../../src/log/trouble.js';
import type { Leader } from './cluster.js';
import type { PartitionAsk } from './fetch-wire.js';

export type Stage =
  /** Its leader is to be looked for, not before then. */
  | { readonly kind: 'lost'; readonly retryAtMs: number }
  | { readonly kind: 'ready'; readonly leader: Leader }
  | { readonly kind: 'asked'; readonly leader: Leader; readonly ask: PartitionAsk }
  /** The log refused the offset; why is being asked. */
  | { readonly kind: 'judged' }
  /** A trouble was told. */
  | { readonly kind: 'ended' };

/** What brokers said instead of the topic that is read: none of that name, or another one. */
interface Suspicion {
  readonly is: string | null;
  readonly sinceMs: number;
  readonly looks: number;
}

export class Place {
  readonly key: PartitionKey;
  stage: Stage = { kind: 'lost', retryAtMs: 0 };
  /** The next to be asked for; what stands before may still be on its way to the reader. */
  offset: bigint;
  lastEpoch: number | null;
  attempts = 0;
  private suspicion: Suspicion | null = null;

  constructor(readonly point: Pick<ReadPoint, 'topic' | 'incarnationId' | 'partition' | 'offset' | 'leaderEpoch'>) {
    this.key = partitionKey(point.topic, point.partition);
    this.offset = point.offset;
    this.lastEpoch = point.leaderEpoch;
  }

  ask(leader: Leader): PartitionAsk {
    const { incarnationId: topicId, partition } = this.point;
    const ask = { topicId, partition, offset: this.offset, lastEpoch: this.lastEpoch, leaderEpoch: leader.leaderEpoch };
    this.stage = { kind: 'asked', leader, ask };
    return ask;
  }

  found(leader: Leader): void {
    this.stage = { kind: 'ready', leader };
    this.suspicion = null;
  }

  lose(nowMs: number): void {
    const pauseMs = Math.min(limits.remoteRetryMsMax, limits.remoteRetryMs * 2 ** Math.min(this.attempts, 16));
    this.attempts += 1;
    this.stage = { kind: 'lost', retryAtMs: nowMs + pauseMs };
  }

  /** A trouble once it has been said often and long enough: a broker that was away may speak of what was. */
  suspect(is: string | null, nowMs: number): PartitionTrouble | null {
    const known = this.suspicion;
    const same = known !== null && known.is === is;
    const suspicion = same ? { ...known, looks: known.looks + 1 } : { is, sinceMs: nowMs, looks: 1 };
    this.suspicion = suspicion;
    const { looks, sinceMs } = suspicion;
    if (looks < limits.remoteConfirmLooks || nowMs - sinceMs < limits.remoteConfirmMs) return null;
    return is === null ? { kind: 'topic_missing' } : { kind: 'recreated', was: this.point.incarnationId, is };
  }
}

export interface Refusal {
  readonly offset: bigint;
  readonly lastEpoch: number | null;
  readonly marks: RemoteMarks;
  /** Of `lastEpoch`; null also when that is null. */
  readonly epochEnd: EpochEnd | null;
}

/** Why the log refused to be read at an offset; null when by now it would not. */
export function troubleOf({ offset, lastEpoch, marks, epochEnd }: Refusal): PartitionTrouble | null {
  if (offset < marks.start) return { kind: 'gap', from: offset, to: marks.start };
  if (lastEpoch !== null) {
    // Of an epoch that is larger than all it knows, the log can say nothing: none of what was read is sure.
    if (epochEnd === null) return { kind: 'truncated', from: marks.start };
    if (epochEnd.leaderEpoch < lastEpoch || epochEnd.end < offset) return partedAt(epochEnd.end, offset);
  }
  return offset > marks.end ? { kind: 'truncated', from: marks.end } : null;
}

/** At the latest the record before `offset`, since that is of an epoch that the log has not or has only up to `end`. */
export function partedAt(end: bigint, offset: bigint): PartitionTrouble {
  return { kind: 'truncated', from: end < offset ? end : offset - 1n };
}
