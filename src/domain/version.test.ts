import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.js';
import { compareVersions, type EntityVersion, parseVersion, versionForm } from './version.js';

function version(text: string): EntityVersion {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new Error(`no version: ${text}`);
  return parsed;
}

const sign = (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1);
const digits60 = fc.bigInt({ min: 0n, max: 10n ** 60n });
const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const lsnText = (value: bigint) => `${(value >> 32n).toString(16)}/${(value & 0xffff_ffffn).toString(16)}`;

describe('decimal versions', () => {
  it.each([
    ['9', '10'],
    ['9007199254740992', '9007199254740993'],
    [`${'9'.repeat(59)}8`, '9'.repeat(60)],
    ['0', '1'],
    ['0009', '10'],
  ])('orders %s before %s', (older, newer) => {
    expect(compareVersions(version(older), version(newer))).toBe(-1);
    expect(compareVersions(version(newer), version(older))).toBe(1);
  });

  it('are ordered as the numbers they write, of any size', () => {
    fc.assert(
      fc.property(digits60, digits60, (a, b) => {
        expect(compareVersions(version(String(a)), version(String(b)))).toBe(sign(a, b));
      }),
    );
  });

  it('are one text however many zeros lead', () => {
    expect(version('000')).toBe('0');
    fc.assert(
      fc.property(digits60, fc.nat({ max: 20 }), (value, zeros) => {
        expect(version('0'.repeat(zeros) + String(value))).toBe(String(value));
      }),
    );
  });

  it('are taken up to the bound and not beyond it', () => {
    expect(parseVersion('9'.repeat(limits.versionDigitsMax))).toBeDefined();
    expect(parseVersion('9'.repeat(limits.versionDigitsMax + 1))).toBeUndefined();
  });
});

describe('log sequence numbers', () => {
  it('are ordered as PostgreSQL orders them: by the 64 bits that both words make', () => {
    expect(compareVersions(version('16/B374D848'), version('17/0'))).toBe(-1);
    expect(compareVersions(version('0/9'), version('0/A'))).toBe(-1);
    expect(compareVersions(version('0/FF'), version('0/100'))).toBe(-1);
    fc.assert(
      fc.property(lsn, lsn, (a, b) => {
        expect(compareVersions(version(lsnText(a)), version(lsnText(b)))).toBe(sign(a, b));
      }),
    );
  });

  it('are one text in either case and with leading zeros', () => {
    expect(version('00000016/b374d848')).toBe(version('16/B374D848'));
    expect(version('0/00000000')).toBe('0/0');
  });

  it('are told from decimals', () => {
    expect(versionForm(version('16/0'))).toBe('lsn');
    expect(versionForm(version('160'))).toBe('decimal');
  });
});

describe('parseVersion', () => {
  it.each([
    '',
    ' 1',
    '1 ',
    '1\n',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x10',
    'A',
    '١',
    '/',
    '1/',
    '/1',
    '1/2/3',
    'G/0',
    '123456789/0',
  ])('refuses %j', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  it('gives a text that it reads as itself', () => {
    fc.assert(
      fc.property(fc.oneof(digits60.map(String), lsn.map(lsnText)), (text) => {
        expect(parseVersion(version(text))).toBe(version(text));
      }),
    );
  });
});
