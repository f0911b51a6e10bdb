/** From an entry of a stream to the record that the log gets: as the service's own entrance would have made it, or as it stands. */
import { canonicalJson } from '../../src/domain/canonical.js';
import { recordKeyOn } from '../../src/domain/record-key.js';
import type { NewRecord } from '../../src/log/port.js';
import { sourceTopic, type TopicMap, topicAbout } from '../../src/log/topics.js';
import type { DecisionEntry, SourceEntry } from '../streams/source.js';

/** A record, and no decision about one. */
export type ArrivingEntry = Exclude<SourceEntry, DecisionEntry>;

const encoder = new TextEncoder();
const headers = [['content-type', encoder.encode('application/cloudevents+json; charset=utf-8')]] as const;

/** Undefined: its topic is none that the service reads, so it arrives nowhere. */
export function recordOf(entry: ArrivingEntry, topics: TopicMap): NewRecord | undefined {
  if ('record' in entry) return sourceTopic(topics, entry.record.topic) === undefined ? undefined : entry.record;
  if ('raw' in entry) {
    const { topicKind, key, value } = entry.raw;
    return {
      topic: topicAbout(topics, topicKind).name,
      key: encoder.encode(key),
      headers,
      value: encoder.encode(value),
    };
  }
  const topic = topicAbout(topics, entry.topicKind);
  const key = recordKeyOn(topic, wellFormed(entry.tenant), wellFormed(entry.event.subject));
  return { topic: topic.name, key, headers, value: encoder.encode(eventText(entry)) };
}

/** Canonical where it can be: what cannot is for the service to reject. */
function eventText({ event }: Extract<ArrivingEntry, { event: unknown }>): string {
  try {
    return canonicalJson(event);
  } catch {
    return JSON.stringify(event);
  }
}

/** A poisoned event has no subject, or one that no key can be made of; it is to reach the service all the same. */
function wellFormed(text: unknown): string {
  return String(text).toWellFormed();
}
