import { describe, expect, it } from 'vitest';
import type { Entity } from '../domain/entity.js';
import { keyOf, position } from '../fixtures.test-support.js';
import type { JournalBase } from './base.js';
import { entityInBase } from './history.js';

const key = keyOf('ticket', 'T-1');
const partition = 'support.tickets:0';

function found(more: { upTo: bigint | null; knows?: boolean; redrives?: readonly string[] }): boolean {
  const watermark = { position: position(5), version: null };
  const core = { key, watermark, eventTime: null, recent: [], redrives: more.redrives ?? [], revision: 1 };
  const entity: Entity = { ...core, status: 'deleted', accountId: 'A-1' };
  const through = new Map([[partition, 9n] as const]);
  const base: JournalBase = { isOfOtherCode: false, through, entity: () => entity, marksOf: () => [] };
  const upTo = more.upTo === null ? null : new Map([[partition, more.upTo] as const]);
  const question = { upTo, knows: () => more.knows ?? true };
  return entityInBase(base, { key, partitions: [partition] }, question) !== undefined;
}

describe('a base', () => {
  it('stands for a key from its own positions on, and back to the last record applied to the key', () => {
    expect([null, 12n, 9n, 7n, 5n].map((upTo) => found({ upTo }))).toEqual([true, true, true, true, true]);
    expect([4n, 0n, -1n].map((upTo) => found({ upTo }))).toEqual([false, false, false]);
  });

  it('compares offsets of one partition of one topic: those of another topic say nothing', () => {
    const watermark = { position: position(5), version: null };
    const core = { key, watermark, eventTime: null, recent: [], redrives: [], revision: 1 };
    const entity: Entity = { ...core, status: 'deleted', accountId: 'A-1' };
    const other = 'support.archive:0';
    const base: JournalBase = {
      isOfOtherCode: false,
      through: new Map([[other, 9n] as const]),
      entity: () => entity,
      marksOf: () => [],
    };
    const standsFor = (reached: bigint) => {
      const question = { upTo: new Map([[other, reached] as const]), knows: () => true };
      return entityInBase(base, { key, partitions: [other] }, question) !== undefined;
    };
    expect([9n, 7n, 5n].map(standsFor)).toEqual([true, false, false]);
  });

  it('does not stand for a past in which a redrive that shaped it was not known', () => {
    const redrives = ['copilot.rejected:0:3'];
    expect(found({ upTo: 9n, redrives })).toBe(true);
    expect(found({ upTo: 9n, redrives, knows: false })).toBe(false);
  });
});
