/** What the cases of the contract of a log of others are written with. */
import type { TestContext } from 'vitest';
import { type PartitionKey, partitionKey } from '../domain/position.js';
import { bytes, text } from './contract-kit.js';
import { partitionOf } from './partitioner.js';
import type { NewRecord } from './port.js';
import type { ReadPoint, RemoteLog, RemoteNews, RemoteRecord, RemoteTopic } from './remote-port.js';
import type { PartitionTrouble } from './trouble.js';

/** Something a case does to the log behind the client's back, or why this implementation's log cannot be made to do it. */
export type Manipulation<Act> = Act | { readonly cannot: string };

export interface RemoteTransaction {
  append(records: readonly NewRecord[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface RemoteManipulations {
  readonly begin: Manipulation<() => Promise<RemoteTransaction>>;
  /** Removes what is before the offset. */
  readonly deleteBefore: Manipulation<(key: PartitionKey, offset: bigint) => Promise<void>>;
  /** Loses what is at the offset and after; a new leader begins there. */
  readonly truncate: Manipulation<(key: PartitionKey, from: bigint) => Promise<void>>;
  /** A new leader begins, and nothing is lost. */
  readonly elect: Manipulation<(key: PartitionKey) => Promise<void>>;
  readonly deleteTopic: Manipulation<(name: string) => Promise<void>>;
  readonly recreateTopic: Manipulation<(name: string) => Promise<RemoteTopic>>;
  readonly addPartitions: Manipulation<(name: string, count: number) => Promise<void>>;
  /** Nobody reaches the log until what it resolves to has been called. */
  readonly goAway: Manipulation<() => Promise<() => Promise<void>>>;
}

export interface RemoteSubject {
  readonly remote: RemoteLog;
  readonly can: RemoteManipulations;
  /** Under a name that no other case has. */
  createTopic(partitions: number): Promise<RemoteTopic>;
  /** Closes the client too. */
  close(): Promise<void>;
}

/** Skips the case, with the reason, where the implementation cannot do it. */
export function able<Act>(context: TestContext, manipulation: Manipulation<Act & object>): Act {
  if ('cannot' in manipulation) return context.skip(manipulation.cannot);
  return manipulation;
}

export function record(topic: RemoteTopic, value: string, partition = 0): NewRecord {
  return { topic: topic.name, key: bytes(keyTo(partition, topic.partitions)), headers: [], value: bytes(value) };
}

/** Records of one partition with values `<prefix>0`, `<prefix>1`, and so on. */
export function numbered(topic: RemoteTopic, count: number, prefix = 'v'): readonly NewRecord[] {
  return Array.from({ length: count }, (_, i) => record(topic, `${prefix}${i}`));
}

function keyTo(partition: number, partitions: number): string {
  for (let i = 0; ; i++) if (partitionOf(bytes(`key-${i}`), partitions) === partition) return `key-${i}`;
}

/** Every partition of the topic from `offset` on, nothing having been read. */
export function pointsOf(topic: RemoteTopic, offset = 0n, leaderEpoch: number | null = null): readonly ReadPoint[] {
  const { name, incarnationId, partitions } = topic;
  return Array.from({ length: partitions }, (_, partition) => {
    return { topic: name, incarnationId, partition, offset, leaderEpoch };
  });
}

export interface Followed {
  readonly records: readonly (RemoteRecord & { readonly partition: number })[];
  readonly troubles: ReadonlyMap<PartitionKey, PartitionTrouble>;
  /** Where each partition went on. */
  readonly next: ReadonlyMap<PartitionKey, bigint>;
  readonly sliceMax: number;
}

/** Follows until `isEnough`; then the reading has been aborted and has returned. */
export async function followUntil(
  remote: RemoteLog,
  from: readonly ReadPoint[],
  isEnough: (followed: Followed) => boolean,
): Promise<Followed> {
  const stop = new AbortController();
  let followed: Followed = { records: [], troubles: new Map(), next: new Map(), sliceMax: 0 };
  for await (const news of remote.follow(from, stop.signal)) {
    followed = withNews(followed, news);
    if (isEnough(followed)) stop.abort();
  }
  return followed;
}

export function hasRecords(count: number): (followed: Followed) => boolean {
  return ({ records }) => records.length >= count;
}

export function hasTrouble({ troubles }: Followed): boolean {
  return troubles.size > 0;
}

function withNews(followed: Followed, news: RemoteNews): Followed {
  if (news.kind === 'trouble') {
    return { ...followed, troubles: new Map(followed.troubles).set(news.partition, news.trouble) };
  }
  const { topic, partition, records, nextOffset } = news;
  return {
    ...followed,
    records: [...followed.records, ...records.map((one) => ({ ...one, partition }))],
    next: new Map(followed.next).set(partitionKey(topic, partition), nextOffset),
    sliceMax: Math.max(followed.sliceMax, records.length),
  };
}

export const firstOf = (topic: RemoteTopic) => partitionKey(topic.name, 0);
export const values = ({ records }: Followed) => records.map(({ value }) => text(value));
export const offsets = ({ records }: Followed) => records.map(({ offset }) => offset);
export const valueList = (n: number, prefix = 'v') => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
