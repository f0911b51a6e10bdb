import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/domain/canonical.js';
import type { Entity } from '../../src/domain/entity.js';
import type { Kind } from '../../src/domain/kinds/index.js';
import { entity } from '../../src/state/contract-kit.js';
import {
  decodeEntity,
  decodeMark,
  decodeProgress,
  encodeEntity,
  encodeMark,
  ValueDamaged,
  watermarkLine,
} from './values.js';

const recent = fc.record({
  id: fc.string(),
  digest: fc.string().map((text) => digestOf(text)),
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
});

const anEntity: fc.Arbitrary<Entity> = fc
  .record({
    kind: fc.constantFrom<Kind>('account', 'ticket', 'entitlement', 'policy'),
    shape: fc.record({
      deleted: fc.boolean(),
      incarnation: fc.string(),
      version: fc.constantFrom('', '7', '16/B374D848'),
      data: fc.record({ subject: fc.string({ unit: 'binary' }) }),
      revision: fc.nat(),
    }),
    rest: fc.record({
      eventTime: fc.option(fc.string()),
      redrives: fc.array(fc.string()),
      recent: fc.array(recent, { maxLength: 3 }),
    }),
  })
  .map(({ kind, shape, rest }) => ({ ...entity(kind, 'X-1', shape), ...rest }));

describe('an entity as a text', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anEntity, (one) => {
        expect(decodeEntity(one.key, encodeEntity(one))).toEqual(one);
      }),
    );
  });

  it('has the bytes that JSON gives its lists: what another version wrote is compared byte by byte', () => {
    fc.assert(
      fc.property(anEntity, (one) => {
        const { position, version } = one.watermark;
        const { topic, incarnation, leaderEpoch, partition, offset } = position;
        const seen = one.recent.map((each) => [each.id, each.digest, String(each.offset)]);
        const hash = one.status === 'present' ? one.hash : null;
        const past = [topic, incarnation.ordinal, leaderEpoch, one.eventTime, one.redrives, one.accountId, seen, hash];
        const lines = [[String(offset), partition, incarnation.id, version], one.revision, past];
        expect(encodeEntity(one).split('\n').slice(0, 3)).toEqual(lines.map((line) => JSON.stringify(line)));
      }),
    );
  });

  it('begins with what tells two watermarks of a key apart', () => {
    fc.assert(
      fc.property(anEntity, anEntity, (a, b) => {
        expect(encodeEntity(a).startsWith(`${watermarkLine(a.watermark)}\n`)).toBe(true);
        const isSame =
          a.watermark.position.incarnation.id === b.watermark.position.incarnation.id &&
          a.watermark.version === b.watermark.version;
        expect(watermarkLine(a.watermark) === watermarkLine(b.watermark)).toBe(isSame);
      }),
    );
  });

  it('with bytes cut off, or of others, is damaged and nothing else', () => {
    const one = entity('ticket', 'T-1');
    const text = encodeEntity(one);
    const cut = fc.nat(text.indexOf('{')).map((at) => text.slice(0, at));
    fc.assert(
      fc.property(fc.oneof(cut, fc.string()), (bad) => {
        expect(() => decodeEntity(one.key, bad)).toThrow(ValueDamaged);
      }),
    );
  });
});

describe('a mark as a text', () => {
  const text = fc.option(fc.string());
  const concern = fc.record({
    tenant: text,
    kind: fc.constantFrom('ticket' as const, null),
    id: text,
    accountId: text,
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(concern, (one) => {
        const mark = { rejected: 't:0:1', concern: one };
        expect(decodeMark('t:0:1', encodeMark(mark))).toEqual(mark);
      }),
    );
  });
});

describe('progress', () => {
  it('has counts of nothing where none were made, and offsets beyond those of doubles', () => {
    const made = decodeProgress(['t:0', '9007199254740993'], ['t:0 applied', '2']);
    const counts = { applied: 2, superseded: 0, duplicate: 0, rejected: 0 };
    expect(made).toEqual(new Map([['t:0', { through: 9007199254740993n, counts }]]));
  });

  it('that is no offset is damaged', () => {
    expect(() => decodeProgress(['t:0', '007x'], [])).toThrow(ValueDamaged);
  });
});
