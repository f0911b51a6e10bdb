import { createServer, type Server } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { segmentNamed } from '../../src/journal/archive.contract.js';
import { S3Archive } from './archive.js';
import { ArchiveKeys } from './keys.js';

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly body?: string;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A store that gives these answers, one per request, the last one from then on. */
async function storeOf(answers: readonly Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    const error = `<Error><Code>${answer?.code}</Code><Message>no</Message></Error>`;
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? '' : (answer?.body ?? error));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const credentials = { accessKeyId: 'AK-of-ours', secretAccessKey: 'hush-hush' };
  return { asked, open: () => S3Archive.open({ bucket: 'b-1', prefix: 'p', endpoint, region: 'r', credentials }) };
}

const emptyList: Answer = {
  status: 200,
  body: '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>',
};

describe('a store that refuses', () => {
  it.each([
    [{ status: 403, code: 'InvalidAccessKeyId' }, 'the store does not accept the access key'],
    [{ status: 403, code: 'SignatureDoesNotMatch' }, 'the store does not accept the access key'],
    [{ status: 403, code: 'AccessDenied' }, 'the access key may not do this'],
    [{ status: 403, code: 'SomethingNew' }, 'the access key may not do this'],
    [{ status: 404, code: 'NoSuchBucket' }, 'there is no such bucket'],
    [{ status: 301, code: 'PermanentRedirect' }, 'the bucket is in another region'],
    [{ status: 403, code: 'RequestTimeTooSkewed' }, "this machine's clock differs too much from the store's"],
  ])('with %j is a fault of the configuration, told in one line without a secret', async (answer, why) => {
    const { open } = await storeOf([answer]);
    const error = await open().catch((caught: unknown) => caught);
    const message = `The archive in bucket "b-1" cannot be used: ${why}.`;
    expect(error).toMatchObject({ code: 'config_invalid', retriable: false, message });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/hush-hush|AK-of-ours|Signature=/);
  });

  it('with 503, time after time, is unreachable after a few tries', async () => {
    const { open, asked } = await storeOf([{ status: 503, code: 'SlowDown' }]);
    await expect(open()).rejects.toMatchObject({ code: 'unreachable', retriable: true });
    expect(asked).toHaveLength(3);
  });
});

describe('a put', () => {
  it('is tried again when another one of the same key is under way', async () => {
    const conflict = { status: 409, code: 'ConditionalRequestConflict' };
    const { open, asked } = await storeOf([emptyList, conflict, conflict, { status: 200, body: '' }]);
    const archive = await open();
    expect(await archive.put(segmentNamed(), Buffer.from('x'))).toBe('stored');
    expect(asked.filter((line) => line.startsWith('PUT'))).toHaveLength(3);
  });

  it("is 'same' when its own first try was stored and the answer lost", async () => {
    const lost = { status: 500, code: 'InternalError' };
    const { open } = await storeOf([
      emptyList,
      lost,
      { status: 412, code: 'PreconditionFailed' },
      { status: 200, body: 'x' },
    ]);
    expect(await (await open()).put(segmentNamed(), Buffer.from('x'))).toBe('same');
  });
});

describe('a key', () => {
  it('is read back as what it was made of, and others are nobody’s', () => {
    const keys = new ArchiveKeys('a/b');
    const name = segmentNamed({ logId: 'l', topic: 't.1', incarnationId: 'i/?', partition: 7, baseOffset: 42n });
    expect(keys.segment(name)).toBe('a/b/l/t.1/i%2F%3F/7/00000000000000000042.seg');
    expect(keys.parseSegment('l', keys.segment(name), 5)).toEqual({ ...name, bytes: 5 });
    const beside = { ...name, ownerEpoch: 12 };
    expect(keys.parseSegment('l', keys.segment(beside), 5)).toEqual({ ...beside, bytes: 5 });
    expect(keys.parseSegment('l', keys.segment({ ...name, ownerEpoch: 0 }), 5)).toBeUndefined();
    for (const key of [keys.owner('l', 1), 'a/b/l/t.1/i/07/1.seg', 'a/b/l/%/i/7/00000000000000000042.seg']) {
      expect(keys.parseSegment('l', key, 5)).toBeUndefined();
    }
  });

  it('of a newer claim is listed before those of older ones', () => {
    const keys = new ArchiveKeys('');
    const claims = [1, 9, 10, 99, 1_000_000].map((epoch) => keys.owner('l', epoch));
    expect([...claims].sort()).toEqual([...claims].reverse());
    expect(claims.map((key) => keys.parseOwner('l', key))).toEqual([1, 9, 10, 99, 1_000_000]);
  });
});
