/** What a record must be to be taken by an embedded log, and the topics a folder may have. */
import { limits } from '../../src/limits.js';
import type { NewRecord } from '../../src/log/port.js';
import { refused } from './damage.js';
import { frameBytes } from './frame.js';

export interface TopicSetting {
  readonly name: string;
  readonly partitions: number;
}

/** Apache Kafka's rule for topic names; such a name is also safe as the name of a folder. */
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;
/** Names of the log's own files, and the two that every folder has. */
const RESERVED = new Set(['.', '..', 'lock', 'log.json', 'committed.json']);

/** Throws `config_invalid`. */
export function assertTopics(topics: readonly TopicSetting[]): void {
  const seen = new Set<string>();
  for (const { name, partitions } of topics) {
    const why = !TOPIC_NAME.test(name)
      ? 'has characters other than letters, digits, dot, underscore and hyphen, or more than 249 of them'
      : RESERVED.has(name)
        ? 'is reserved'
        : seen.has(name)
          ? 'appears twice'
          : !Number.isInteger(partitions) || partitions < 1 || partitions > limits.topicPartitionsMax
            ? `needs from 1 to ${limits.topicPartitionsMax} partitions`
            : undefined;
    seen.add(name);
    if (why === undefined) continue;
    const message = `The topic "${name}" ${why}.`;
    throw refused('config_invalid', { message, advice: 'Change the topics of the log in the configuration.' });
  }
}

/** Bytes of the record's frame. Throws `request_too_large` when a log may not hold it. */
export function admittedBytes(record: NewRecord): number {
  const bytes = frameBytes(record);
  const headerBytes = record.headers.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + value.length, 0);
  const why =
    bytes > limits.frameBytesMax
      ? `takes ${bytes} bytes, more than ${limits.frameBytesMax}`
      : record.headers.length > limits.recordHeadersMax
        ? `has ${record.headers.length} headers, more than ${limits.recordHeadersMax}`
        : headerBytes > limits.recordHeaderBytesMax
          ? `has ${headerBytes} bytes of headers, more than ${limits.recordHeaderBytesMax}`
          : undefined;
  if (why === undefined) return bytes;
  const advice = 'Store large content elsewhere and append a pointer with its hash.';
  throw refused('request_too_large', { message: `A record ${why}.`, advice });
}
