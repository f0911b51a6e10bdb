import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexDelete, indexWrite } from '../../src/retrieval/contract-kit.js';
import { type HeldEntity, heldEntities } from './held.js';
import {
  type Marker,
  markerId,
  markerOf,
  markerPoint,
  type Point,
  passagePoint,
  payloadOf,
  pointId,
} from './points.js';
import type { Page } from './replies.js';

const key = fc.record({ tenant: fc.string({ minLength: 1 }), kind: fc.constant('policy' as const), id: fc.string() });

async function heldIn(points: readonly Point[], pageSize: number): Promise<{ held: HeldEntity[]; dropped: number }> {
  const byId = [...points].sort((a, b) => (a.id < b.id ? -1 : 1));
  async function* pages(): AsyncGenerator<Page> {
    for (let at = 0; at < byId.length; at += pageSize) yield { points: byId.slice(at, at + pageSize), next: undefined };
  }
  const held: HeldEntity[] = [];
  let dropped = 0;
  for await (const one of heldEntities(pages(), () => dropped++)) held.push(one);
  return { held, dropped };
}

describe('points', () => {
  it('have a UUID of version 8 that no other passage has', () => {
    fc.assert(
      fc.property(key, fc.nat(0xffff_ffff), key, fc.nat(5), (one, n, other, m) => {
        expect(pointId(one, n)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        const isSame = one.tenant === other.tenant && one.id === other.id && n === m;
        expect(pointId(one, n) === pointId(other, m)).toBe(isSame);
      }),
    );
  });

  it('are read as they were written, and not under another id', () => {
    const point = passagePoint(indexWrite('P-1', 7, ['refund', 'card']), 1);
    expect(payloadOf(point.id, point.payload)).toMatchObject({ id: 'P-1', n: 1, of: 2, rev: 7, deleted: false });
    expect(payloadOf(pointId({ tenant: 'acme', kind: 'policy', id: 'P-1' }, 0), point.payload)).toBeNull();
  });

  it.each(['tenant', 'kind', 'id', 'entity', 'n', 'of', 'rev', 'hash', 'deleted'])(
    'are nothing without %s, or with nonsense',
    (name) => {
      const { id, payload } = passagePoint(indexWrite('P-1', 7, ['refund']), 0);
      const { [name]: _gone, ...rest } = payload;
      for (const poison of [rest, { ...payload, [name]: {} }, { ...payload, [name]: null }, null, 'x']) {
        expect(payloadOf(id, poison)).toBeNull();
      }
    },
  );

  it('a passage without words has no words to be found by', () => {
    expect(passagePoint(indexWrite('P-1', 1, ['']), 0).vector).toEqual({});
  });
});

describe('the marker', () => {
  const marker: Marker = { format: 1, generation: 'g', contents: 'c', rev: 3, asked: true };

  it('is read as it was written, and is no passage', () => {
    const { id, payload } = markerPoint(marker);
    expect([markerOf(payload), payloadOf(id, payload), id]).toEqual([marker, null, markerId]);
    expect(markerOf({ ...payload, rev: 'x' })).toBeNull();
  });
});

describe('what is held', () => {
  it('is told entity by entity, wherever a page ends', async () => {
    const writes = Array.from({ length: 9 }, (_, i) =>
      indexWrite(
        `P-${i}`,
        i,
        Array.from({ length: 1 + (i % 3) }, () => 'card'),
      ),
    );
    const points = writes.flatMap((write) => write.passages.map((_, n) => passagePoint(write, n)));
    for (const pageSize of [1, 2, 5, 100]) {
      const { held } = await heldIn(points, pageSize);
      const told = held.map(({ key: { id }, revision, passages, isWhole }) => [id, revision, passages, isWhole]).sort();
      expect(told).toEqual(writes.map(({ key: { id }, revision, passages }) => [id, revision, passages.length, true]));
    }
  });

  it('says what is not whole: a passage that is gone, one of another revision; and counts what is no passage', async () => {
    const [whole, deleted] = [indexWrite('a', 2, ['one', 'two']), indexDelete('b', 4)];
    const older = indexWrite('c', 1, ['one', 'two']);
    const newer = indexWrite('c', 2, ['three', 'four']);
    const broken = { ...passagePoint(whole, 0), id: pointId(whole.key, 9) };
    const points = [
      passagePoint(whole, 1),
      passagePoint(deleted, 0),
      passagePoint(newer, 0),
      passagePoint(older, 1),
      broken,
    ];
    const { held, dropped } = await heldIn(points, 10);
    const told = held.map((one) => [one.key.id, one.entityHash === null, one.revision, one.isWhole]).sort();
    expect([told, dropped]).toEqual([
      [
        ['a', false, 2, false],
        ['b', true, 4, true],
        ['c', false, 2, false],
      ],
      1,
    ]);
  });
});
