import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain } from '../../src/log/contract-kit.js';
import {
  checkFrame,
  encodeFrame,
  type FrameContent,
  findFrame,
  frameBytes,
  frameOffsetAt,
  leafHashAt,
  recordAt,
  viewOf,
} from './frame.js';

const part = fc.uint8Array({ maxLength: 40 });
const contents: fc.Arbitrary<FrameContent> = fc.record({
  key: fc.option(part),
  headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), part), { maxLength: 4 }),
  value: fc.option(part),
});
const stamps = fc.record({
  offset: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  timestampMs: fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
  leaderEpoch: fc.integer({ min: 0, max: 0xffff_ffff }),
});
const place = { topic: 'notes', incarnation: { id: 'i', ordinal: 1 }, partition: 3 };
const stamp = { offset: 7n, timestampMs: 1_760_000_000_000, leaderEpoch: 0x0102_0304 };
const record: FrameContent = {
  key: Buffer.from('k'),
  headers: [['h', Buffer.from('1')]],
  value: Buffer.from('{"a":1}'),
};

function framed(content: FrameContent, at = stamp): Buffer {
  const bytes = Buffer.alloc(frameBytes(content));
  expect(encodeFrame(bytes, 0, at, content)).toBe(bytes.length);
  return bytes;
}

/** Changes bytes of the frame and gives it a checksum that agrees. */
function forged(bytes: Buffer, edit: (bytes: Buffer) => void): Buffer {
  edit(bytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

describe('a frame', () => {
  it('gives back the record and its stamp, whatever they are', () => {
    fc.assert(
      fc.property(contents, stamps, (content, at) => {
        const view = viewOf(framed(content, at));
        expect(checkFrame(view, 0)).toEqual({ kind: 'complete', bytes: view.byteLength });
        const decoded = recordAt(view, 0, place);
        const { offset, leaderEpoch } = at;
        expect(decoded).toMatchObject({ timestampMs: at.timestampMs, position: { ...place, offset, leaderEpoch } });
        expect(decoded && plain(decoded)).toEqual(plain({ topic: 'notes', ...content }));
      }),
    );
  });

  it('has exactly the bytes that the format says', () => {
    const payload = '010000006b0100000001000000680100000031070000007b2261223a317d';
    const leaf = createHash('sha256')
      .update(Buffer.from(`00${payload}`, 'hex'))
      .digest('hex');
    const rest = `0100000000${leaf}070000000000000000c02cc89901000004030201${payload}`;
    const body = Buffer.from(rest, 'hex');
    const head = Buffer.alloc(8);
    head.writeUInt32LE(body.length, 0);
    head.writeUInt32LE(crc32(body), 4);
    expect(framed(record).toString('hex')).toBe(Buffer.concat([head, body]).toString('hex'));
  });

  it('carries the RFC 9162 leaf hash of its payload', () => {
    const bytes = framed(record);
    const hash = createHash('sha256').update(Uint8Array.of(0)).update(bytes.subarray(65)).digest('hex');
    expect(Buffer.from(leafHashAt(viewOf(bytes), 0)).toString('hex')).toBe(hash);
  });

  it('is the same anywhere in a buffer', () => {
    const bytes = Buffer.alloc(100 + frameBytes(record), 0xff);
    encodeFrame(bytes, 100, stamp, record);
    expect(bytes.subarray(100).equals(framed(record))).toBe(true);
    expect(bytes.subarray(0, 100).every((byte) => byte === 0xff)).toBe(true);
  });
});

describe('checking a frame', () => {
  it('finds every flipped bit', () => {
    const bytes = framed(record);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(checkFrame(viewOf(flipped), 0).kind).not.toBe('complete');
    }
  });

  it('says incomplete for every beginning of a frame', () => {
    const bytes = framed(record);
    for (let length = 0; length < bytes.length; length++) {
      expect(checkFrame(viewOf(bytes.subarray(0, length)), 0)).toEqual({ kind: 'incomplete' });
    }
  });

  it('never throws on bytes it did not write, and neither does decoding them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
        expect(typeof checkFrame(viewOf(bytes), at).kind).toBe('string');
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 60 }), (payload) => {
        const bytes = forged(Buffer.concat([framed(record).subarray(0, 65), payload]), (all) => {
          all.writeUInt32LE(all.length - 8, 0);
        });
        expect(checkFrame(viewOf(bytes), 0).kind).toBe('complete');
        recordAt(viewOf(bytes), 0, place);
      }),
    );
  });

  it.each([
    ['frame version 9', 8, 9],
    ['encryption key 5', 9, 5],
  ])('says unsupported for %s of an intact frame', (reason, at, value) => {
    const bytes = forged(framed(record), (all) => all.writeUInt8(value, at));
    expect(checkFrame(viewOf(bytes), 0)).toEqual({ kind: 'unsupported', reason });
  });

  it('calls a payload with a length that does not fit undefined', () => {
    const bytes = forged(framed(record), (all) => all.writeInt32LE(1_000, 65));
    expect(recordAt(viewOf(bytes), 0, place)).toBeUndefined();
  });
});

describe('looking for a frame', () => {
  it('finds the first one at or after an offset, behind bytes that are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt({ min: 0n, max: 7n }), (noise, offsetMin) => {
        const bytes = Buffer.concat([noise, framed(record)]);
        expect(findFrame(viewOf(bytes), 0, offsetMin)).toBe(noise.length);
      }),
    );
  });

  it('passes over a frame of an earlier offset', () => {
    const bytes = Buffer.concat([framed(record), framed(record, { ...stamp, offset: 8n })]);
    const found = findFrame(viewOf(bytes), 0, 8n);
    expect(found).toBe(bytes.length / 2);
    expect(frameOffsetAt(viewOf(bytes), found ?? 0)).toBe(8n);
  });
});
