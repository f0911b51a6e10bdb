import { gzipSync } from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpack } from './codecs.js';

const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4];
const text = Buffer.from('a batch of records, '.repeat(20));
const roomy = 4_000_000;

/** snappy-java's stream: its head, then blocks with their lengths. */
function xerial(...parts: readonly Buffer[]): Buffer {
  const head = Buffer.concat([Buffer.from('\x82SNAPPY\0', 'latin1'), Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
  const blocks = parts.flatMap((part) => {
    const block = compressionsAlgorithms.snappy.compressSync(part);
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([head, ...blocks]);
}

/** A frame of zstd in blocks of one repeated byte: four bytes each for up to 128 KiB. */
function zstdOfRuns(runs: number, window = 0x38): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, window]);
  const blocks = Array.from({ length: runs }, (_, i) => {
    const block = Buffer.alloc(4, 0x61);
    block.writeUIntLE((131_072 << 3) | (1 << 1) | (i === runs - 1 ? 1 : 0), 0, 3);
    return block;
  });
  return Buffer.concat([head, ...blocks]);
}

describe('unpacking a batch', () => {
  it.each([
    ['gzip', GZIP, gzipSync(text)],
    ['snappy in one block', SNAPPY, compressionsAlgorithms.snappy.compressSync(text)],
    ['snappy in the stream that Java producers write', SNAPPY, xerial(text.subarray(0, 100), text.subarray(100))],
    ['lz4', LZ4, compressionsAlgorithms.lz4.compressSync(text)],
    // Made by the zstd tool, version 1.5.4: no content size, as producers that stream have it.
    ['zstd', ZSTD, Buffer.from('KLUv/QRY3QAAoGEgYmF0Y2ggb2YgcmVjb3JkcywgAQDyTp1M/wnG7w==', 'base64')],
  ])('gives what was packed by %s', (_name, codec, packed) => {
    expect(unpack(codec, packed, roomy).toString()).toBe(text.toString());
  });

  it.each([
    ['gzip', GZIP, gzipSync(Buffer.alloc(5_000_000))],
    ['snappy', SNAPPY, compressionsAlgorithms.snappy.compressSync(Buffer.alloc(5_000_000))],
    ['snappy in several blocks', SNAPPY, xerial(Buffer.alloc(2_500_000), Buffer.alloc(2_500_000))],
    ['lz4', LZ4, compressionsAlgorithms.lz4.compressSync(Buffer.alloc(5_000_000))],
    ['zstd', ZSTD, zstdOfRuns(40)],
    ['zstd that wants a window of two gigabytes', ZSTD, zstdOfRuns(1, 0xa8)],
  ])('refuses more than the bound from %s', (_name, codec, packed) => {
    expect(packed.length).toBeLessThan(roomy / 8);
    expect(() => unpack(codec, packed, roomy)).toThrow('larger than what is unpacked');
  });

  it('refuses a codec that nobody knows', () => {
    expect(() => unpack(5, text, roomy)).toThrow('its codec is unknown');
  });

  it.each([GZIP, SNAPPY, LZ4, ZSTD])(
    'says of any bytes that are no batch of codec %i that they cannot be read',
    (codec) => {
      const packed = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 60 }).map(withHead(codec)));
      fc.assert(
        fc.property(packed, (bytes) => {
          try {
            unpack(codec, Buffer.from(bytes), 10_000);
          } catch (error) {
            expect(error).toMatchObject({ code: 'log_damaged' });
          }
        }),
      );
    },
  );
});

/** What a codec looks at first, so that the rest is looked at as well. */
function withHead(codec: number): (bytes: Uint8Array) => Uint8Array {
  const heads: Readonly<Record<number, readonly number[]>> = {
    [GZIP]: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
    [SNAPPY]: [100],
    [LZ4]: [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82],
    [ZSTD]: [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38],
  };
  return (bytes) => Uint8Array.from([...(heads[codec] ?? []), ...bytes]);
}
