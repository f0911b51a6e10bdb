import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparePositions,
  covers,
  mergeVectors,
  type PartitionKey,
  type Position,
  type PositionVector,
  parsePositionText,
  partitionKey,
  positionText,
  splitPartitionKey,
  vectorFromJson,
  vectorToJson,
} from './position.js';

const topics = fc.oneof(fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/), fc.constantFrom('__proto__', 'constructor', '1'));
const offsets = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const partitions = fc.nat({ max: 2 ** 31 - 1 });
const names = fc.record({ topic: topics, partition: partitions, offset: offsets });
// Few partitions, so that vectors often share some.
const keys = fc
  .tuple(fc.constantFrom('a', 'b.c', '__proto__'), fc.nat({ max: 3 }))
  .map(([topic, p]) => partitionKey(topic, p));
const vectors = fc
  .array(fc.tuple(keys, offsets))
  .map((entries): PositionVector => new Map<PartitionKey, bigint>(entries));

function position(ordinal: number, leaderEpoch: number, offset: bigint): Position {
  return { topic: 't', incarnation: { id: `i${ordinal}`, ordinal }, partition: 0, leaderEpoch, offset };
}

describe('position text', () => {
  it('reads back every position it writes', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(parsePositionText(positionText(name))).toEqual(name);
      }),
    );
  });

  it.each([
    '',
    't',
    't:0',
    't:0:',
    't:0:01',
    't:00:1',
    't:-1:1',
    't:0:-1',
    't:0:1.0',
    't:0:1e3',
    ':0:1',
    'a:b:0:1',
    't:0:1\n',
    't:0:٣',
  ])('refuses %j', (text) => {
    expect(parsePositionText(text)).toBeUndefined();
  });

  it('keeps offsets past 2^53 exact', () => {
    expect(parsePositionText('t:0:9007199254740993')?.offset).toBe(9007199254740993n);
  });
});

describe('comparePositions', () => {
  it('puts incarnation before leader epoch before offset', () => {
    const ordered = [position(1, 0, 99n), position(1, 1, 5n), position(1, 1, 6n), position(2, 0, 0n)];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) expect(comparePositions(a, b)).toBe(Math.sign(i - j));
    }
  });

  it('tells offsets apart that are one double', () => {
    expect(comparePositions(position(1, 0, 2n ** 53n), position(1, 0, 2n ** 53n + 1n))).toBe(-1);
  });

  it('has no order between partitions or topics', () => {
    const here = position(1, 0, 1n);
    expect(() => comparePositions(here, { ...here, partition: 1 })).toThrow();
    expect(() => comparePositions(here, { ...here, topic: 'u' })).toThrow();
  });
});

describe('merging vectors', () => {
  it('is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(vectors, vectors, vectors, (a, b, c) => {
        expect(mergeVectors([a, b])).toEqual(mergeVectors([b, a]));
        expect(mergeVectors([mergeVectors([a, b]), c])).toEqual(mergeVectors([a, mergeVectors([b, c])]));
        expect(mergeVectors([a, a])).toEqual(a);
        expect(mergeVectors([a, b, c])).toEqual(mergeVectors([mergeVectors([a, b]), c]));
      }),
    );
  });

  it('has the empty vector as its unit', () => {
    fc.assert(
      fc.property(vectors, (a) => {
        expect(mergeVectors([a, new Map()])).toEqual(a);
      }),
    );
    expect(mergeVectors([])).toEqual(new Map());
  });

  it('gives the least vector that covers all of them', () => {
    fc.assert(
      fc.property(vectors, vectors, vectors, (a, b, other) => {
        const merged = mergeVectors([a, b]);
        expect(covers(merged, a) && covers(merged, b)).toBe(true);
        expect(covers(other, merged)).toBe(covers(other, a) && covers(other, b));
      }),
    );
  });
});

describe('covers', () => {
  it('takes a partition that is absent for "nothing of it", even at offset 0', () => {
    expect(covers(new Map(), new Map([[partitionKey('t', 0), 0n]]))).toBe(false);
    expect(covers(new Map([[partitionKey('t', 0), 0n]]), new Map([[partitionKey('t', 0), 0n]]))).toBe(true);
    expect(covers(new Map(), new Map())).toBe(true);
  });
});

describe('vectors as JSON', () => {
  it('read back as they were, whatever the topics are called', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        const json = JSON.parse(JSON.stringify(vectorToJson(vector)));
        expect(vectorFromJson(json)).toEqual(vector);
      }),
    );
  });

  it('have topics and partitions in order, however the vector was filled', () => {
    const keysOf = ['b:10', 'b:9', 'a:1'] as const;
    const json = vectorToJson(new Map(keysOf.map((key) => [key, 1n] as const)));
    expect(JSON.stringify(json)).toBe('{"a":{"1":"1"},"b":{"9":"1","10":"1"}}');
  });

  it('split a key into the topic and partition it was made of', () => {
    fc.assert(
      fc.property(topics, partitions, (topic, partition) => {
        expect(splitPartitionKey(partitionKey(topic, partition))).toEqual({ topic, partition });
      }),
    );
  });
});
