/**
 * Where a stream comes from. A source hands over what arrived, in the order of its arrival, and may bring questions with what is
 * known to be right. It is read twice, once to survey it and once to play it, and must give the same entries both times.
 */
import type { RecordHeader } from '../../src/log/port.js';
import type { NewDecision } from '../../src/log/rejected-port.js';
import type { Question } from '../harness/types.js';
import type { StreamEntry } from './stream.js';

/** A record as a log held it. `at` is when it arrived, milliseconds since 1970 UTC. */
export interface RecordEntry {
  readonly at: number;
  readonly record: {
    readonly topic: string;
    readonly key: Uint8Array | null;
    readonly headers: readonly RecordHeader[];
    /** Null is a tombstone for the key. */
    readonly value: Uint8Array | null;
  };
}

/** What an operator decided about a record of the stream that the service had rejected. `at` is when, milliseconds since 1970 UTC. */
export interface DecisionEntry {
  readonly at: number;
  readonly decision: NewDecision & {
    /** The record: `topic:partition:offset`, as its source numbers it. */
    readonly about: string;
  };
}

/** A record as its source numbers it. */
export interface StreamPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Without a position it is the n-th of its stream, counted from 0: `stream:0:n`. */
export type SourceEntry = (StreamEntry | RecordEntry | DecisionEntry) & { readonly position?: StreamPosition };

export interface StreamSource {
  /** As a report names it. */
  readonly name: string;
  /** May be called again. Rejects with `suite_invalid` for what cannot be read at all; one bad entry never ends a stream. */
  entries(): AsyncIterable<SourceEntry>;
  /** Those that come with the stream; empty where there are none. */
  questions(): Promise<readonly Question[]>;
  /** What was noticed while reading, one clear line each: asked for after each reading, and only of the last one. */
  notices?(): readonly string[];
  close?(): Promise<void>;
}

/** `topic:partition:offset`. */
export function positionTextOf({ topic, partition, offset }: StreamPosition): string {
  return `${topic}:${partition}:${offset}`;
}

export function positionOf({ position }: SourceEntry, index: number): StreamPosition {
  return position ?? { topic: 'stream', partition: 0, offset: BigInt(index) };
}
