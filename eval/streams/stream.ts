/** A historical stream: what arrived at the log, when, and in which order. The harness plays it and asks in between. */
import type { JsonObject } from '../../src/domain/canonical.js';
import type { Kind } from '../../src/domain/kinds/index.js';

/** A CloudEvents 1.0 event in structured JSON form, with the extension attributes of Tidemark. */
export interface CloudEventJson extends JsonObject {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly tenant: string;
  readonly time: string;
}

/** An event that goes through the API. `at` is when it arrives, milliseconds since 1970 UTC; `event.time` is when it happened. */
export interface EventEntry {
  readonly at: number;
  readonly tenant: string;
  readonly topicKind: Kind;
  readonly event: CloudEventJson;
}

/** A record that no API would accept: it is appended to the log as it stands. */
export interface RawEntry {
  readonly at: number;
  readonly raw: { readonly topicKind: Kind; readonly key: string; readonly value: string };
}

export type StreamEntry = EventEntry | RawEntry;

export function isEventEntry(entry: StreamEntry): entry is EventEntry {
  return 'event' in entry;
}

/** A stop of the playback: everything in `arrived` has been appended since the last stop; then the questions of `at` are asked. */
export interface Moment {
  readonly at: number;
  readonly arrived: readonly StreamEntry[];
}

/**
 * Cuts a stream at the given instants, in ascending order, each once. An entry that arrives exactly at an instant belongs to
 * it: asked at t means asked after everything up to and including t. Entries after the last instant are not played. Throws
 * when the stream is not ordered by arrival, since every later answer would then be judged against the wrong past.
 */
export function* moments(stream: Iterable<StreamEntry>, instants: Iterable<number>): Generator<Moment> {
  const stops = [...new Set(instants)].sort((a, b) => a - b);
  let next = 0;
  let arrived: StreamEntry[] = [];
  let lastAt = Number.NEGATIVE_INFINITY;
  for (const entry of stream) {
    if (entry.at < lastAt) throw new Error('stream is not ordered by arrival');
    lastAt = entry.at;
    for (let stop = stops[next]; stop !== undefined && stop < entry.at; stop = stops[++next]) {
      yield { at: stop, arrived };
      arrived = [];
    }
    if (next === stops.length) return;
    arrived.push(entry);
  }
  for (let stop = stops[next]; stop !== undefined; stop = stops[++next]) {
    yield { at: stop, arrived };
    arrived = [];
  }
}
