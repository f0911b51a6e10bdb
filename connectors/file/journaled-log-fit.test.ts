import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import type { RecordHeader } from '../../src/log/port.js';
import type { RemoteRecord } from '../../src/log/remote-port.js';
import { isStandIn, standInBytes, standInText } from '../../src/log/stand-in.js';
import { admittedBytes } from './admission.js';
import { fitted } from './journaled-log-fit.js';

function record(more: Partial<RemoteRecord>): RemoteRecord {
  return { offset: 0n, leaderEpoch: 0, timestampMs: 0, key: null, headers: [], value: null, ...more };
}

const headers = (count: number, bytes: number) =>
  Array.from({ length: count }, (): RecordHeader => ['h', new Uint8Array(bytes)]);

describe('a record that a frame holds', () => {
  it.each([
    ['an event', record({ value: Buffer.from('{}') })],
    ['a value of the length of a stand-in', record({ value: new Uint8Array(standInBytes) })],
    ['the header of a stand-in', record({ headers: [['tidemark.journal.standin', Buffer.from('7')]] })],
  ])('stays as it is, and passes for no stand-in: %s', (_, of) => {
    expect(fitted(of)).toEqual({ record: of, isCut: false });
    expect(isStandIn(of)).toBe(false);
  });
});

describe('a stand-in', () => {
  it.each([
    ['a value', record({ value: new Uint8Array(limits.frameBytesMax) }), 1_048_576],
    ['a key', record({ key: new Uint8Array(limits.frameBytesMax) }), 1_048_576],
    ['headers', record({ headers: headers(1, limits.recordHeaderBytesMax) }), 65_537],
    ['many headers', record({ headers: headers(limits.recordHeadersMax + 1, 0) }), 257],
  ])('is marked, fits a frame and tells the size of the original, too large by %s', (_, of, bytes) => {
    const { record: standIn, isCut } = fitted(of);
    expect([isCut, isStandIn(standIn)]).toEqual([true, true]);
    expect(admittedBytes(standIn)).toBeGreaterThan(standInBytes);
    expect(standInText(standIn)).toContain(`a record of ${bytes} bytes`);
  });

  it('that a producer has forged gets one that tells the truth of it', () => {
    const forged = record({
      headers: [['tidemark.journal.standin', Buffer.from('7')]],
      value: Buffer.alloc(standInBytes),
    });
    const { record: standIn, isCut } = fitted(forged);
    expect(isCut).toBe(true);
    expect(standInText(standIn)).toContain(`a record of ${standInBytes + 'tidemark.journal.standin7'.length} bytes`);
  });
});
