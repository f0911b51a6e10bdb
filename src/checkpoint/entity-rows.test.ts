import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import type { Entity } from '../domain/entity.js';
import { kinds } from '../domain/kinds/index.js';
import { keyOf, position } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { entitiesIn, entityChunks } from './entity-rows.js';

const digest = fc.string().map(digestOf);
const offset = fc.bigInt({ min: 0n, max: 2n ** 63n });
const recent = fc.record({ id: digest.map((text) => text.slice(7, 39)), digest, offset });

const entity: fc.Arbitrary<Entity> = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 20 }),
    at: fc.record({ offset, partition: fc.nat({ max: 3 }), leaderEpoch: fc.nat({ max: 2 }) }),
    recent: fc.array(recent, { maxLength: limits.recentEventsMax }),
    redrives: fc.array(fc.constantFrom('r:0:1', 'r:0:2')),
    accountId: fc.option(fc.string()),
    isPresent: fc.boolean(),
  })
  .map(({ name, at, isPresent, accountId, ...rest }) => {
    const core = {
      key: keyOf('ticket', name),
      watermark: { position: position(at.offset, at), version: null },
      eventTime: null,
      revision: 3,
      accountId,
      ...rest,
    };
    if (!isPresent) return { ...core, status: 'deleted' };
    const data = { accountId: accountId ?? '', id: name };
    const json = JSON.stringify(data);
    return { ...core, status: 'present', json, hash: digestOf(json), facets: kinds.ticket.facets(data) };
  });

const plain = ({ key, ...rest }: Entity) => ({ ...rest, key: { ...keyOf(key.kind, key.id), tenant: key.tenant } });

describe('entities in a checkpoint', () => {
  it('are what they were when they wake, copied from checkpoint to checkpoint any number of times', () => {
    fc.assert(
      fc.property(fc.array(entity), (entities) => {
        const once = [...entityChunks(entities)].flatMap(entitiesIn);
        const twice = [...entityChunks([...once, ...entities])].flatMap(entitiesIn);
        const woken = twice.map((sleeping) => plain(sleeping.wake()));
        expect(woken).toEqual([...entities, ...entities].map(plain));
      }),
    );
  });

  it('are cut by bytes, names included: tombstones of the longest names and the worst of characters fit', () => {
    const long = '\u0001'.repeat(limits.idLengthMax - 5);
    const [sample] = fc.sample(
      entity.filter(({ status }) => status === 'deleted'),
      1,
    );
    if (sample === undefined) throw new Error('there is a sample');
    const many = Array.from({ length: 2_000 }, (_, n) => ({ ...sample, key: keyOf('ticket', long + n) }));
    const chunks = [...entityChunks(many)];
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(limits.checkpointChunkBytes + 16_384);
    expect(chunks.flatMap(entitiesIn)).toHaveLength(many.length);
  });
});
