import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { entityKeyText } from './entity.js';
import { readRecordKey, recordKey, recordKeyOn } from './record-key.js';

const ofAnyTenant = { tenant: null };
const ofAcme = { tenant: 'acme' };
const bytes = (text: string) => new TextEncoder().encode(text);
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed());

describe('a record key', () => {
  it('reads back as the tenant and the id it was made of, whatever they hold', () => {
    fc.assert(
      fc.property(name, name, (tenant, id) => {
        expect(readRecordKey(recordKey(tenant, id), ofAnyTenant)).toEqual({ tenant, id });
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
    expect(readRecordKey(bytes('a/b%2F'), ofAcme)).toEqual({ tenant: 'acme', id: 'a/b%2F' });
    expect(readRecordKey(bytes('\uFEFFT-1'), ofAcme)).toEqual({ tenant: 'acme', id: '\uFEFFT-1' });
  });

  it.each([null, '', 'acme', '/T-1', 'acme/', 'acme/%zz'])('is not %j', (text) => {
    expect(readRecordKey(text === null ? null : bytes(text), ofAnyTenant)).toBeUndefined();
  });

  it('is not one that is no UTF-8, or longer than an id', () => {
    expect(readRecordKey(Uint8Array.of(0x61, 0x2f, 0xff), ofAnyTenant)).toBeUndefined();
    expect(readRecordKey(recordKey('a', 'x'.repeat(limits.idLengthMax)), ofAnyTenant)).toBeDefined();
    expect(readRecordKey(recordKey('a', 'x'.repeat(limits.idLengthMax + 1)), ofAnyTenant)).toBeUndefined();
  });

  it('is read on each topic as its producers make it, and written by us as we read it', () => {
    const forms = [ofAnyTenant, ofAcme, { ...ofAcme, key: 'tenant/id' }, { ...ofAcme, key: 'id' }] as const;
    for (const rules of forms) {
      expect(readRecordKey(recordKeyOn(rules, 'acme', 'é/1'), rules)).toEqual({ tenant: 'acme', id: 'é/1' });
    }
  });

  it('of another tenant is none on a topic that has one, and where keys say nothing there is none', () => {
    expect(readRecordKey(recordKey('other', 'T-1'), { ...ofAcme, key: 'tenant/id' })).toBeUndefined();
    expect(readRecordKey(recordKey('acme', 'T-1'), { ...ofAcme, key: 'none' })).toBeUndefined();
  });
});
