import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patch, position, remove, tenant, ticket, understood } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import type { JsonObject } from './canonical.js';
import type { Entity } from './entity.js';
import type { Tombstone } from './event.js';
import { type FoldResult, fold } from './fold.js';

const tombstone: Tombstone = { about: 'tombstone', tenant, key: { tenant, kind: 'ticket', id: 'T-1' } };

function take(current: Entity | undefined, body: JsonObject | null, offset: number): FoldResult {
  const event = body === null ? tombstone : understood(body);
  return fold(current, event, { position: position(offset), redrive: null });
}

/** Folds bodies at offsets 0, 1, 2; null is a tombstone. */
function run(...bodies: readonly (JsonObject | null)[]): { entity: Entity | undefined; outcomes: readonly string[] } {
  let entity: Entity | undefined;
  const outcomes = bodies.map((body, offset) => {
    const result = take(entity, body, offset);
    if (result.outcome === 'applied') entity = result.entity;
    return result.outcome === 'rejected' ? result.rejection.reason : result.outcome;
  });
  return { entity, outcomes };
}

const at = (version: string, data: JsonObject = {}) =>
  ticket('T-1', { n: version, ...data }, { entityversion: version });
const data = (entity: Entity | undefined) => (entity?.status === 'present' ? JSON.parse(entity.json) : entity?.status);

describe('the newest state of a key', () => {
  it.each([
    ['9', '10'],
    ['9007199254740992', '9007199254740993'],
    ['9'.repeat(59), '1'.padEnd(60, '0')],
    ['16/B374D848', '16/B374D849'],
    ['F/FFFFFFFF', '10/0'],
  ])('is the one of the higher version: %s gives way to %s, in either order of arrival', (older, newer) => {
    expect(run(at(older), at(newer))).toMatchObject({ outcomes: ['applied', 'applied'] });
    const reversed = run(at(newer), at(older));
    expect(reversed.outcomes).toEqual(['applied', 'superseded']);
    expect(data(reversed.entity).n).toBe(newer);
  });

  it('is the later one by position when its source gives no versions', () => {
    expect(data(run(ticket('T-1', { n: 9 }), ticket('T-1', { n: 10 })).entity).n).toBe(10);
  });

  it('is kept when an event without a version comes again at an earlier position', () => {
    const { entity } = run(ticket('T-1', { n: 1 }), ticket('T-1', { n: 2 }));
    expect(take(entity, ticket('T-1', { n: 3 }), 0)).toEqual({ outcome: 'superseded' });
  });

  it('is the one of the newer incarnation or epoch, whatever the offset', () => {
    const { entity } = run(ticket('T-1', { n: 1 }), ticket('T-1', { n: 2 }));
    for (const place of [{ leaderEpoch: 1 }, { incarnation: { id: 'i-2', ordinal: 2 } }]) {
      const arrival = { position: position(0, place), redrive: null };
      expect(fold(entity, understood(ticket('T-1', { n: 3 })), arrival).outcome).toBe('applied');
    }
  });

  it('cannot be told between partitions without versions, and that is a rejection and no crash', () => {
    const { entity } = run(ticket('T-1', { n: 1 }));
    const elsewhere = { position: position(7, { partition: 1 }), redrive: null };
    const result = fold(entity, understood(ticket('T-1', { n: 2 })), elsewhere);
    expect(result).toMatchObject({ outcome: 'rejected', rejection: { reason: 'order_unknown' } });
    expect(fold(run(at('1')).entity, understood(at('2')), elsewhere).outcome).toBe('applied');
  });

  it('does not depend on the order or repetition of versioned full states (P4)', () => {
    const versions = fc.uniqueArray(fc.bigInt({ min: 0n, max: 10n ** 60n }), { minLength: 1, maxLength: 8 });
    const arrivals = versions.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.constantFrom(...all)),
      ),
    );
    fc.assert(
      fc.property(arrivals, ([all, order, again]) => {
        const newest = all.reduce((a, b) => (a > b ? a : b));
        const { entity } = run(...[...again.slice(0, 3), ...order, ...again].map((version) => at(String(version))));
        const alone = run(at(String(newest))).entity;
        expect(entity).toMatchObject({ watermark: { version: String(newest) } });
        expect(entity).toMatchObject({ json: data(alone) && (alone as { json?: string }).json });
        expect((entity as { hash?: string }).hash).toBe((alone as { hash?: string }).hash);
      }),
    );
  });
});

describe('a patch', () => {
  it('merges as RFC 7396 says: null removes, objects merge, lists are replaced', () => {
    const full = ticket('T-1', { a: 1, b: { c: 1, d: 2 }, tags: ['x', 'y'] });
    const { entity } = run(full, patch('ticket', 'T-1', { a: null, b: { c: 3 }, tags: ['z'] }));
    expect(data(entity)).toMatchObject({ b: { c: 3, d: 2 }, tags: ['z'] });
    expect(data(entity)).not.toHaveProperty('a');
  });

  it('is rejected where there is nothing to patch: an unknown or a deleted entity', () => {
    const change = patch('ticket', 'T-1', { a: 1 });
    expect(run(change).outcomes).toEqual(['patch_of_unknown_entity']);
    expect(run(ticket('T-1'), remove('ticket', 'T-1'), change).outcomes.at(-1)).toBe('patch_of_unknown_entity');
  });

  it('is rejected when what it leaves lacks a required field, and changes nothing', () => {
    const { entity, outcomes } = run(ticket('T-1'), patch('ticket', 'T-1', { accountId: null }));
    expect(outcomes).toEqual(['applied', 'data_invalid']);
    expect(entity?.watermark.position.offset).toBe(0n);
  });

  it('is superseded at or below the version of the watermark', () => {
    const late = (version: string) => patch('ticket', 'T-1', { a: version }, { entityversion: version });
    expect(run(at('5'), late('5'), late('4'), late('6')).outcomes).toEqual([
      'applied',
      'superseded',
      'superseded',
      'applied',
    ]);
  });

  it('moves a ticket to another account', () => {
    expect(run(ticket('T-1'), patch('ticket', 'T-1', { accountId: 'A-2' })).entity?.accountId).toBe('A-2');
  });

  it('takes a member named __proto__ as data', () => {
    const polluting = patch('ticket', 'T-1', JSON.parse('{"__proto__":{"polluted":true},"constructor":{"x":1}}'));
    const { entity } = run(ticket('T-1'), polluting);
    expect(entity?.status === 'present' && entity.json).toContain('"__proto__":{"polluted":true}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('an entity', () => {
  const text = 'x'.repeat(200_000);
  const grown = (parts: number) =>
    Array.from({ length: parts }, (_, n) => patch('ticket', 'T-1', { [`part${n}`]: text }));

  it('grows by patches up to its limit; the one that would take it past that is rejected and changes nothing', () => {
    const { entity, outcomes } = run(ticket('T-1'), ...grown(6));
    expect(outcomes).toEqual([...Array.from({ length: 6 }, () => 'applied'), 'too_large']);
    const json = entity?.status === 'present' ? entity.json : '';
    expect(Object.keys(JSON.parse(json))).not.toContain('part5');
    expect(run(ticket('T-1'), ...grown(6), patch('ticket', 'T-1', { part0: null })).outcomes.at(-1)).toBe('applied');
  });

  it('is measured in bytes, and a full state is held to the same limit', () => {
    const wide = '\u20ac'.repeat(limits.entityBytesMax / 3);
    expect(run(ticket('T-1', { wide })).outcomes).toEqual(['too_large']);
  });
});

describe('a deleted entity', () => {
  const gone = remove('ticket', 'T-1', { entityversion: '5' });

  it('stays as a tombstone with its version, under the account that lost it', () => {
    expect(run(at('4'), gone).entity).toMatchObject({
      status: 'deleted',
      accountId: 'A-1',
      watermark: { version: '5' },
    });
  });

  it('is not brought back by an older state, only by a newer one', () => {
    expect(run(at('4'), gone, at('3', { late: true })).outcomes.at(-1)).toBe('superseded');
    expect(data(run(at('4'), gone, at('6')).entity).n).toBe('6');
  });

  it('is a tombstone also when nothing was known before, so that the state it overtook does not appear', () => {
    expect(run(gone, at('4'))).toMatchObject({ outcomes: ['applied', 'superseded'], entity: { status: 'deleted' } });
  });

  it('takes the bare tombstone that follows a versioned delete as nothing new', () => {
    expect(run(at('4'), gone, null).outcomes.at(-1)).toBe('superseded');
  });
});

describe('a null value', () => {
  it('deletes a key without versions, and a later state recreates it', () => {
    expect(run(ticket('T-1'), null, ticket('T-1', { again: true }))).toMatchObject({
      outcomes: ['applied', 'applied', 'applied'],
      entity: { status: 'present' },
    });
  });

  it('on a versioned key that is present is rejected: it does not say what it comes after', () => {
    expect(run(at('4'), null).outcomes.at(-1)).toBe('version_mixed');
  });
});

describe('the order of a key', () => {
  it('is by version or by position, never both', () => {
    expect(run(at('4'), ticket('T-1', { n: 0 })).outcomes.at(-1)).toBe('version_mixed');
    expect(run(ticket('T-1', { n: 0 }), at('4')).outcomes.at(-1)).toBe('version_mixed');
    expect(run(at('4'), at('0/16')).outcomes.at(-1)).toBe('version_mixed');
  });
});

describe('an event that comes again', () => {
  it('is a duplicate, and names where it was first', () => {
    const { entity } = run(ticket('T-1', { n: 1 }), ticket('T-1', { n: 2 }));
    expect(take(entity, ticket('T-1', { n: 1 }), 2)).toEqual({ outcome: 'duplicate', firstOffset: 0n });
  });

  it('is rejected when its body is another one', () => {
    const used = { id: 'e-1' };
    expect(run(ticket('T-1', { n: 1 }, used), ticket('T-1', { n: 2 }, used)).outcomes.at(-1)).toBe('id_reused');
  });

  it('is another event when its source is another one', () => {
    const bySource = (source: string) => ticket('T-1', { source }, { id: 'e-1', source });
    expect(run(bySource('a'), bySource('b')).outcomes).toEqual(['applied', 'applied']);
  });

  it('is recognised within a bounded past', () => {
    const many = Array.from({ length: limits.recentEventsMax + 5 }, (_, n) => ticket('T-1', { n }));
    const { entity } = run(...many);
    expect(entity?.recent).toHaveLength(limits.recentEventsMax);
    expect(take(entity, ticket('T-1', { n: 5 }), 99).outcome).toBe('duplicate');
    expect(take(entity, ticket('T-1', { n: 4 }), 99).outcome).toBe('applied');
  });
});

describe('a redriven record', () => {
  it('leaves its decision in the state for good: a replay must know it even past a full state', () => {
    const redriven = fold(undefined, understood(ticket('T-1')), { position: position(0), redrive: 'r:0:7' });
    if (redriven.outcome !== 'applied') throw new Error(redriven.outcome);
    const later = take(redriven.entity, ticket('T-1', { n: 2 }), 1);
    expect(later).toMatchObject({ outcome: 'applied', entity: { redrives: ['r:0:7'] } });
  });
});
