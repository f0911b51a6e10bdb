import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { S3Archive, type S3ArchiveOptions } from '../../connectors/s3/archive.js';
import { ArchiveKeys } from '../../connectors/s3/keys.js';
import { archiveContract, segmentNamed } from '../../src/journal/archive.contract.js';
import { s3Missing, s3Settings } from './settings.js';

const settings = s3Settings();
const bucket = `tidemark-${randomUUID()}`;
const opened: S3Archive[] = [];

function optionsOf(more: Partial<S3ArchiveOptions> = {}): S3ArchiveOptions {
  const { endpoint = '', region = 'none', accessKeyId = '', secretAccessKey = '' } = settings ?? {};
  return { bucket, prefix: randomUUID(), endpoint, region, credentials: { accessKeyId, secretAccessKey }, ...more };
}

async function connect(options: S3ArchiveOptions): Promise<S3Archive> {
  const archive = await S3Archive.open(options);
  opened.push(archive);
  return archive;
}

describe.skipIf(settings === undefined)(`the archive in a bucket (${s3Missing()})`, () => {
  const { endpoint = '', region = '', credentials } = optionsOf();
  const client = new S3Client({ endpoint, region, forcePathStyle: true, ...(credentials && { credentials }) });
  beforeAll(() => client.send(new CreateBucketCommand({ Bucket: bucket })));
  afterEach(async () => {
    for (const archive of opened.splice(0)) await archive.close();
  });
  afterAll(() => client.destroy());

  archiveContract(
    'the archive in a bucket',
    async () => {
      const options = optionsOf();
      return {
        connect: () => connect(options),
        async harm(name, content) {
          const at = { Bucket: bucket, Key: new ArchiveKeys(options.prefix).segment(name) };
          await client.send(
            content === undefined ? new DeleteObjectCommand(at) : new PutObjectCommand({ ...at, Body: content }),
          );
        },
      };
    },
    { rounds: 50, listed: 1_030 },
  );

  it('carries the largest segment there and back', async () => {
    const archive = await connect(optionsOf());
    const content = Buffer.alloc(20_000_000, 'tidemark');
    expect(await archive.put(segmentNamed(), content)).toBe('stored');
    expect(content.equals(await archive.get({ ...segmentNamed(), bytes: content.length }))).toBe(true);
  });

  it('says in one line that there is no such bucket', async () => {
    const failure = S3Archive.open(optionsOf({ bucket: 'tidemark-absent' }));
    await expect(failure).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'The archive in bucket "tidemark-absent" cannot be used: there is no such bucket.',
    });
  });

  it('calls a store that nobody answers for unreachable, and is done within its bounds', async () => {
    const failure = S3Archive.open(optionsOf({ endpoint: `http://127.0.0.1:${await freePort()}` }));
    await expect(failure).rejects.toMatchObject({ code: 'unreachable', retriable: true });
  });

  it('gives up on a store that takes the call and says nothing', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const failure = S3Archive.open(optionsOf({ endpoint: `http://127.0.0.1:${portOf(silent)}`, callMs: 300 }));
    await expect(failure).rejects.toMatchObject({ code: 'unreachable' });
    silent.close();
  });
});

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
