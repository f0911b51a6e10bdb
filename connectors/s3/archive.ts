/**
 * The journal's archive in a bucket of any S3-compatible store that has conditional writes: a put under `If-None-Match: *` (RFC 9110,
 * section 13.1.2) is stored only if nothing is there, which is what keeps two owners apart. Nothing is ever overwritten or removed.
 */
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { systemClock } from '../../src/domain/clock.js';
import { invariant } from '../../src/errors.js';
import { compareSegments } from '../../src/journal/archive-order.js';
import type { ArchivedSegment, JournalArchive, SegmentName } from '../../src/journal/archive-port.js';
import { limits } from '../../src/limits.js';
import { answerIn, segmentLost, storeFault } from './faults.js';
import { ArchiveKeys } from './keys.js';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3ArchiveOptions {
  readonly bucket: string;
  /** What the keys begin with; empty: nothing. */
  readonly prefix: string;
  /** Of a store that is not Amazon's; buckets are then in the path. */
  readonly endpoint?: string;
  readonly region: string;
  /** Null: those of the machine's role, as the client finds them. */
  readonly credentials: S3Credentials | null;
  /** One call with its retries; `limits.archiveCallMs` unless told otherwise. */
  readonly callMs?: number;
}

type PutAnswer = 'stored' | 'exists';

export class S3Archive implements JournalArchive {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #keys: ArchiveKeys;
  readonly #callMs: number;

  private constructor(options: S3ArchiveOptions, client: S3Client) {
    this.#client = client;
    this.#bucket = options.bucket;
    this.#keys = new ArchiveKeys(options.prefix.replace(/^\/+|\/+$/g, ''));
    this.#callMs = options.callMs ?? limits.archiveCallMs;
  }

  /**
   * Asks the store once. Rejects with `config_invalid` when there is no such bucket or the key is refused, with `unreachable` when
   * nobody answers.
   */
  static async open(options: S3ArchiveOptions): Promise<S3Archive> {
    const archive = new S3Archive(options, clientOf(options));
    try {
      await archive.#listPage({ Prefix: archive.#keys.ofLog(''), MaxKeys: 1 });
      return archive;
    } catch (error) {
      await archive.close();
      throw error;
    }
  }

  async put(name: SegmentName, content: Uint8Array): Promise<'stored' | 'same' | 'taken'> {
    const key = this.#keys.segment(name);
    if ((await this.#putNew(key, content)) === 'stored') return 'stored';
    // Also what an earlier try of this very put stored before its answer was lost.
    const found = await this.#read(key);
    if (found === undefined) throw segmentLost(name, 'the store says that it is there and that it is not');
    return Buffer.compare(found, content) === 0 ? 'same' : 'taken';
  }

  async list(logId: string): Promise<readonly ArchivedSegment[]> {
    const listed: ArchivedSegment[] = [];
    let next: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await this.#listPage({
        Prefix: this.#keys.ofLog(logId),
        ...(next === undefined ? {} : { ContinuationToken: next }),
      });
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        const segment = this.#keys.parseSegment(logId, Key, Size);
        if (segment !== undefined) listed.push(segment);
      }
      next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
    return listed.sort(compareSegments);
  }

  async get(segment: ArchivedSegment): Promise<Uint8Array> {
    if (segment.bytes > limits.archivedBytesMax) throw segmentLost(segment, `it has ${segment.bytes} bytes`);
    const found = await this.#read(this.#keys.segment(segment), segment);
    if (found === undefined) throw segmentLost(segment, 'it is not there');
    if (found.length < segment.bytes) throw segmentLost(segment, `it has ${found.length} bytes of ${segment.bytes}`);
    return found;
  }

  async claim(logId: string): Promise<number> {
    for (let epoch = (await this.newestOwner(logId)) + 1; ; epoch++) {
      const answer = await this.#putNew(this.#keys.owner(logId, epoch), new Uint8Array());
      if (answer === 'stored') return epoch;
    }
  }

  async newestOwner(logId: string): Promise<number> {
    const page = await this.#listPage({ Prefix: this.#keys.owners(logId), MaxKeys: 1 });
    return this.#keys.parseOwner(logId, page.Contents?.[0]?.Key ?? '');
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  /**
   * The client tries again what passes; a conflict of conditional puts under way (409) is one more of those. Each claim and each
   * segment has one key, so trying again is safe.
   */
  async #putNew(key: string, content: Uint8Array): Promise<PutAnswer> {
    const input = { Bucket: this.#bucket, Key: key, Body: content, IfNoneMatch: '*' };
    const signal = AbortSignal.timeout(this.#callMs);
    for (;;) {
      try {
        await this.#client.send(new PutObjectCommand(input), { abortSignal: signal });
        return 'stored';
      } catch (error) {
        const { name, status } = answerIn(error);
        if (status === 412) return 'exists';
        if (name !== 'ConditionalRequestConflict' || signal.aborted) throw storeFault(this.#bucket, error);
        await systemClock.sleep(limits.archiveConflictMs, signal);
      }
    }
  }

  /** Undefined when nothing is there. What `of` names is only said to be damaged when it is. */
  async #read(key: string, of?: SegmentName): Promise<Uint8Array | undefined> {
    const abortSignal = AbortSignal.timeout(this.#callMs);
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }), {
        abortSignal,
      });
      invariant(Body !== undefined, 'an object has a body');
      return await Body.transformToByteArray();
    } catch (error) {
      const { name } = answerIn(error);
      if (name === 'NoSuchKey') return undefined;
      if (of !== undefined && /checksum mismatch/i.test(String(error))) throw segmentLost(of, 'its checksum is wrong');
      throw storeFault(this.#bucket, error);
    }
  }

  async #listPage(
    input: Omit<ConstructorParameters<typeof ListObjectsV2Command>[0], 'Bucket'>,
  ): Promise<ListObjectsV2CommandOutput> {
    const abortSignal = AbortSignal.timeout(this.#callMs);
    try {
      return await this.#client.send(new ListObjectsV2Command({ ...input, Bucket: this.#bucket }), { abortSignal });
    } catch (error) {
      throw storeFault(this.#bucket, error);
    }
  }
}

function clientOf({ endpoint, region, credentials }: S3ArchiveOptions): S3Client {
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === null ? {} : { credentials }),
    maxAttempts: limits.archiveAttemptsMax,
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    requestHandler: { connectionTimeout: limits.archiveConnectMs, socketTimeout: limits.archiveIdleMs },
  });
}
