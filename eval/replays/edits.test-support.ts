/** What happens to a log's folder between a release and its replay: copies of it with records lost, edited or exchanged. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeFrame, frameBytes, frameBytesAt, recordAt, viewOf } from '../../connectors/file/frame.js';
import type { LogRecord } from '../../src/log/port.js';

let copies = 0;

/** A copy of `folder` beside it. */
export function copyOf(folder: string): string {
  const copy = `${folder}-${copies++}`;
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Where the header of a segment says how long it is: `connectors/file/segment-header.ts`. */
const HEADER_LENGTH_AT = 10;

/** Writes every record of a topic again with what `edit` makes of its value, framed so that every checksum and hash holds. */
export function rewrite(
  folder: string,
  topic: string,
  edit: (record: LogRecord) => Pick<LogRecord, 'key' | 'value'>,
): void {
  const partitions = readdirSync(join(folder, topic));
  for (const partition of partitions) {
    const files = readdirSync(join(folder, topic, partition));
    for (const file of files) {
      const path = join(folder, topic, partition, file);
      const place = { topic, partition: Number(partition), incarnation: { id: '', ordinal: 1 } };
      if (file.endsWith('.seg')) writeFileSync(path, rewritten(readFileSync(path), place, edit));
      // Sidecars hold checksums of what was there; they are made again where they are missing.
      else if (file.endsWith('.idx')) rmSync(path);
    }
  }
}

function rewritten(bytes: Buffer, place: Parameters<typeof recordAt>[2], edit: Parameters<typeof rewrite>[2]): Buffer {
  const view = viewOf(bytes);
  const headerBytes = bytes.readUInt16LE(HEADER_LENGTH_AT);
  const parts = [bytes.subarray(0, headerBytes)];
  for (let at = headerBytes; at < bytes.length; at += frameBytesAt(view, at)) {
    const record = recordAt(view, at, place);
    if (record === undefined) throw new Error('the segment is not whole');
    const content = { headers: record.headers, ...edit(record) };
    const frame = Buffer.alloc(frameBytes(content));
    const { timestampMs, position } = record;
    encodeFrame(frame, 0, { offset: position.offset, timestampMs, leaderEpoch: position.leaderEpoch }, content);
    parts.push(frame);
  }
  return Buffer.concat(parts);
}

/** The topic is no longer what it was: its folder and its name are gone, and the next start makes it anew. */
export function forgetTopic(folder: string, topic: string): void {
  rmSync(join(folder, topic), { recursive: true });
  const path = join(folder, 'log.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { topics: { name: string }[] };
  const topics = manifest.topics.filter(({ name }) => name !== topic);
  writeFileSync(path, JSON.stringify({ ...manifest, topics }));
}

/** The audit record's line and its manifest, one of them changed. */
export function editManifest(record: LogRecord, edit: (manifest: string) => string): Buffer {
  const text = Buffer.from(record.value ?? []).toString();
  const end = text.indexOf('\n') + 1;
  return Buffer.from(text.slice(0, end) + edit(text.slice(end)));
}
