/** What a record must be to be taken by an embedded log, and the topics a folder may have. */
import { limits } from '../../src/limits.js';
import { faultOfRetention, type Retention } from '../../src/log/retention.js';
import { refused } from './damage.js';
import { type FrameContent, frameBytes } from './frame.js';

export interface TopicSetting {
  readonly name: string;
  readonly partitions: number;
  /** Everything is kept unless told otherwise. */
  readonly retention?: Retention;
}

/** Apache Kafka's rule for topic names; such a name is also safe as the name of a folder. */
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;
/** Names of the log's own files, and the two that every folder has. */
const RESERVED = new Set(['.', '..', 'lock', 'log.json', 'committed.json']);

/** Throws `config_invalid`. */
export function assertTopics(topics: readonly TopicSetting[]): void {
  const seen = new Set<string>();
  for (const topic of topics) {
    const why = seen.has(topic.name) ? 'appears twice' : faultOfTopic(topic);
    seen.add(topic.name);
    if (why === undefined) continue;
    const message = `The topic "${topic.name}" ${why}.`;
    throw refused('config_invalid', { message, advice: 'Change the topics of the log in the configuration.' });
  }
}

function faultOfTopic({ name, partitions, retention }: TopicSetting): string | undefined {
  if (!TOPIC_NAME.test(name))
    return 'has characters other than letters, digits, dot, underscore and hyphen, or over 249';
  if (RESERVED.has(name)) return 'is reserved';
  const max = limits.topicPartitionsMax;
  const fits = Number.isInteger(partitions) && partitions >= 1 && partitions <= max;
  if (!fits) return `needs from 1 to ${max} partitions`;
  return retention && faultOfRetention(retention);
}

/** Bytes of the record's frame. Throws `request_too_large` when a log may not hold it. */
export function admittedBytes(record: FrameContent): number {
  const bytes = frameBytes(record);
  const why = bytes > limits.frameBytesMax ? exceeds(bytes, 'bytes', limits.frameBytesMax) : faultOfHeaders(record);
  if (why === undefined) return bytes;
  const advice = 'Store large content elsewhere and append a pointer with its hash.';
  throw refused('request_too_large', { message: `A record has ${why}.`, advice });
}

function faultOfHeaders({ headers }: FrameContent): string | undefined {
  if (headers.length > limits.recordHeadersMax) return exceeds(headers.length, 'headers', limits.recordHeadersMax);
  const bytes = headers.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + value.length, 0);
  return bytes > limits.recordHeaderBytesMax
    ? exceeds(bytes, 'bytes of headers', limits.recordHeaderBytesMax)
    : undefined;
}

function exceeds(count: number, what: string, max: number): string {
  return `${count} ${what}, more than ${max}`;
}
