import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityKeyText } from '../../src/domain/entity.js';
import { indexDelete, indexWrite } from '../../src/retrieval/contract-kit.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { coalesced, missingPoints } from './plan.js';
import { type Point, type PointPayload, payloadOf } from './points.js';

/** Points of one entity, written as `update_filter` has it: over a lower revision, or where there is none. */
class Held {
  readonly #points = new Map<string, PointPayload>();

  get payloads(): PointPayload[] {
    return [...this.#points.values()];
  }

  get living(): PointPayload[] {
    return this.payloads.filter(({ deleted }) => !deleted);
  }

  write(points: readonly Point[]): void {
    for (const { id, payload } of points) {
      const passage = payloadOf(id, payload);
      if (passage === null) throw new Error('what is written can be read');
      const known = this.#points.get(id);
      if (known === undefined || known.rev < passage.rev) this.#points.set(id, passage);
    }
  }

  settle(write: IndexWrite): void {
    for (let round = 0; round < 4; round++) this.write(missingPoints(write, this.payloads));
    expect(missingPoints(write, this.payloads)).toEqual([]);
  }
}

function revisionOf(revision: number, passages: number): IndexWrite {
  if (passages === 0) return indexDelete('P-1', revision);
  return indexWrite(
    'P-1',
    revision,
    Array.from({ length: passages }, (_, n) => `r${revision} p${n}`),
  );
}

const passageCounts = fc.array(fc.nat(4), { minLength: 1, maxLength: 6 });

describe('what a write misses', () => {
  it('is nothing once it was written, and what lives is exactly the newest, whatever the order', () => {
    fc.assert(
      fc.property(passageCounts, fc.infiniteStream(fc.nat()), (counts, order) => {
        const held = new Held();
        const writes = counts.map((count, i) => revisionOf(i + 1, count));
        const shuffled = writes.map((write) => [order.next().value ?? 0, write] as const).sort(([a], [b]) => a - b);
        for (const [, write] of shuffled) held.settle(write);
        expect(held.living.map(({ rev }) => rev)).toEqual(Array(counts.at(-1)).fill(counts.length));
      }),
    );
  });

  it('ends alike for two that write at once, between any of their steps, and after one of them dies', () => {
    const steps = fc.array(fc.record({ reads: fc.boolean(), first: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.nat(4), fc.nat(4), steps, (first, second, taken) => {
        const held = new Held();
        const writes = { true: revisionOf(1, first), false: revisionOf(2, second) };
        const planned = { true: [] as readonly Point[], false: [] as readonly Point[] };
        for (const step of taken) {
          const who = `${step.first}` as const;
          if (step.reads) planned[who] = missingPoints(writes[who], held.payloads);
          else held.write(planned[who]);
        }
        held.settle(writes.false);
        held.write(planned.true);
        held.settle(writes.true);
        expect(held.living.map(({ rev }) => rev)).toEqual(Array(second).fill(2));
      }),
    );
  });

  it('completes a write of which only a part was kept', () => {
    const held = new Held();
    const write = revisionOf(1, 3);
    held.write(missingPoints(write, []).slice(1));
    expect(missingPoints(write, held.payloads).map(({ payload }) => payload.n)).toEqual([0]);
  });

  it('is nothing for another content of a revision that is held', () => {
    const held = new Held();
    held.settle(revisionOf(5, 1));
    expect(missingPoints(indexWrite('P-1', 5, ['a', 'b']), held.payloads)).toEqual([]);
    expect(missingPoints(indexDelete('P-1', 5), held.payloads)).toEqual([]);
  });

  it('takes the newest of several writes of an entity, and the first of the same revision', () => {
    const writes = [revisionOf(2, 1), revisionOf(1, 1), indexWrite('P-1', 2, ['other'])];
    expect([...coalesced(writes, ({ key }) => entityKeyText(key)).values()]).toEqual([writes[0]]);
  });
});
