/** What a run is of, by its content: names stay where files have changed. */
import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '../../src/domain/canonical.js';
import { positionTextOf, type SourceEntry, type StreamPosition } from '../streams/source.js';
import type { StreamDraft } from './suite-schema.js';
import type { Question } from './types.js';

/** Of a stream, entry after entry: where each lies, when it arrived and what it holds. */
export class StreamDigest {
  readonly #hash = createHash('sha256');

  add(entry: SourceEntry, position: StreamPosition): void {
    this.#hash.update(`${positionTextOf(position)} ${entryText(entry)}\n`);
  }

  digest(): Digest {
    return `sha256-${this.#hash.digest('hex')}`;
  }
}

function entryText(entry: SourceEntry): string {
  if ('decision' in entry) {
    const { about, ...made } = entry.decision;
    const repaired = made.kind === 'redriven' && made.repaired !== null ? base64(made.repaired) : null;
    return JSON.stringify([entry.at, about, made.kind, repaired]);
  }
  if (!('record' in entry)) return JSON.stringify({ ...entry, position: undefined });
  const { topic, key, headers, value } = entry.record;
  const named = headers.map(([name, bytes]) => [name, base64(bytes)]);
  return JSON.stringify([entry.at, topic, key && base64(key), named, value && base64(value)]);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Of what was asked of which stream, and what is known to be right. What is made of the answers (bounds, baselines) is not in it. */
export function askedDigest(stream: StreamDraft, questions: readonly Question[]): Digest {
  return digestOf(JSON.stringify({ stream, questions }, plain));
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Map ? [...value].sort(([a], [b]) => (a < b ? -1 : 1)) : value;
}
