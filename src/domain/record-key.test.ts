import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { entityKeyText } from './entity.js';
import { readRecordKey, recordKey } from './record-key.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed());

describe('a record key', () => {
  it('reads back as the tenant and the id it was made of, whatever they hold', () => {
    fc.assert(
      fc.property(name, name, (tenant, id) => {
        expect(readRecordKey(recordKey(tenant, id), null)).toEqual({ tenant, id });
      }),
    );
  });

  it('of one tenant is never the key of another', () => {
    fc.assert(
      fc.property(name, name, name, name, (a, x, b, y) => {
        fc.pre(a !== b || x !== y);
        expect(Buffer.from(recordKey(a, x))).not.toEqual(Buffer.from(recordKey(b, y)));
        const [left, right] = [
          { tenant: a, kind: 'ticket', id: x },
          { tenant: b, kind: 'ticket', id: y },
        ] as const;
        expect(entityKeyText(left)).not.toBe(entityKeyText(right));
      }),
    );
  });

  it('is the bare id on a topic with a tenant of its own, byte order mark included', () => {
    expect(readRecordKey(bytes('a/b%2F'), 'acme')).toEqual({ tenant: 'acme', id: 'a/b%2F' });
    expect(readRecordKey(bytes('\uFEFFT-1'), 'acme')).toEqual({ tenant: 'acme', id: '\uFEFFT-1' });
  });

  it.each([null, '', 'acme', '/T-1', 'acme/', 'acme/%zz'])('is not %j', (text) => {
    expect(readRecordKey(text === null ? null : bytes(text), null)).toBeUndefined();
  });

  it('is not one that is no UTF-8, or longer than an id', () => {
    expect(readRecordKey(Uint8Array.of(0x61, 0x2f, 0xff), null)).toBeUndefined();
    expect(readRecordKey(recordKey('a', 'x'.repeat(limits.idLengthMax)), null)).toBeDefined();
    expect(readRecordKey(recordKey('a', 'x'.repeat(limits.idLengthMax + 1)), null)).toBeUndefined();
  });
});
