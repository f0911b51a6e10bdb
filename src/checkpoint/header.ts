/** The first chunk of a checkpoint: what it is of, how far it goes, and what would make it useless. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Digest } from '../domain/canonical.js';
import { isDigest, sha256Hex } from '../domain/canonical.js';
import type { PartitionKey } from '../domain/position.js';
import { keyFormOf } from '../domain/record-key.js';
import type { LogRecord } from '../log/port.js';
import { defaultTopics, type TopicMap } from '../log/topics.js';
import type { PartitionProgress } from '../state/port.js';

/**
 * How the bytes are laid out, and what events become: the parser, the fold and what they are configured with. A checkpoint of another
 * layout cannot be read; one of other code is not what this code would have made of the log. Raise `code` whenever an event or a
 * sequence of events may become something else than before; `code-version.test.ts` notices what its stream shows.
 */
export const versions = { format: 1, code: 'fold-1' } as const;

/** What events become here: by this code, told what its topics mean. Topics of the usual names and rules add nothing to it. */
export function codeOf(topics: TopicMap): string {
  const rules = rulesOf(topics);
  return rules === rulesOf(defaultTopics) ? versions.code : `${versions.code}/${sha256Hex(rules).slice(0, 16)}`;
}

function rulesOf({ sources }: TopicMap): string {
  const all = sources.map((one) => [one.name, one.about, one.tenant, keyFormOf(one), one.format ?? 'cloudevents']);
  return JSON.stringify(all.map((one) => JSON.stringify(one)).sort());
}

const bigintText = z
  .string()
  .regex(/^-?[0-9]+$/)
  .transform(BigInt);
const count = z.number().int();

/** The record a position stands for: another one there means that the log is not the one the checkpoint was made of. */
const anchor = z.object({
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  timestampMs: z.number(),
});

const schema = z.object({
  format: z.literal(versions.format),
  code: z.string(),
  log: z.string(),
  /** Of a copy of a log that others own; older checkpoints do not tell, and are of the copy that is there. */
  copy: z.string().optional(),
  incarnations: z.record(z.string(), z.string()),
  /** Of a copy of a log that others own: where each partition of it began. */
  begun: z.record(z.string(), bigintText).default({}),
  /** The leader epochs that partitions were read under, where they are not 0; older checkpoints do not tell. */
  epochs: z.record(z.string(), count).optional(),
  writtenAtMs: z.number(),
  progress: z.array(
    z.object({
      partition: z.custom<PartitionKey>((value) => typeof value === 'string'),
      through: bigintText,
      counts: z.object({ applied: count, superseded: count, duplicate: count, rejected: count }),
      anchor: anchor.nullable(),
    }),
  ),
  rejectedThrough: bigintText,
  audit: z.object({ through: bigintText, anchor: anchor.nullable() }),
});

export type Anchor = z.infer<typeof anchor>;
export type Header = z.infer<typeof schema>;

/** Whether the copy that it was made of was lost, and this is another one of the same log. */
export function isOfOtherCopy({ copy }: Header, copyId: string | undefined): boolean {
  return copy !== undefined && copyId !== undefined && copy !== copyId;
}

export interface AnchoredProgress extends PartitionProgress {
  readonly partition: PartitionKey;
  readonly anchor: Anchor | null;
}

export function encodeHeader(header: Omit<Header, 'format'>): Buffer {
  const text = JSON.stringify({ format: versions.format, ...header }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return Buffer.from(text);
}

/** Undefined for the header of another layout. */
export function decodeHeader(bytes: Buffer): Header | undefined {
  try {
    return schema.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Names a record by everything the log holds of it; lengths go first, so that no part can imitate another. */
export function anchorOf({ position, timestampMs, key, headers, value }: LogRecord): Anchor {
  const hash = createHash('sha256');
  const part = (bytes: string | Uint8Array | null) => {
    hash.update(bytes === null ? 'none,' : `${typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length},`);
    if (bytes !== null) hash.update(bytes);
  };
  const { topic, partition, incarnation, leaderEpoch, offset } = position;
  part(JSON.stringify([topic, partition, incarnation.id, leaderEpoch, String(offset), timestampMs]));
  for (const bytes of [key, value]) part(bytes);
  for (const [name, bytes] of headers) {
    part(name);
    part(bytes);
  }
  return { digest: `sha256-${hash.digest('hex')}`, timestampMs };
}
