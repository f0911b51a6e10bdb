import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropped, idOf, promoted, started } from './generations.test-support.js';
import { decodeGenerationEvent, encodeGenerationEvent, type GenerationEvent } from './record.js';
import { isOpen, nothingRecorded, type Standing, standingAfter } from './standing.js';

const standingOf = (...events: readonly GenerationEvent[]): Standing =>
  events.reduce((standing, event) => standingAfter(standing, event, 0), nothingRecorded);

describe('what is live', () => {
  it('is what was promoted last, and what a rollback goes to is what was live before', () => {
    const both = [started('a'), started('b'), promoted('b', 'a')];
    expect(standingOf(...both)).toMatchObject({ live: idOf('b'), former: idOf('a') });
    expect(standingOf(...both, promoted('a', 'b'))).toMatchObject({ live: idOf('a'), former: idOf('b') });
  });

  it('is not changed by a promotion of what was not started, or was dropped', () => {
    expect(standingOf(started('a'), promoted('b', 'a')).live).toBeNull();
    expect(standingOf(started('a'), started('b'), dropped('b'), promoted('b', 'a')).live).toBeNull();
  });

  it('is not changed by a promotion that was asked for while another one was live', () => {
    const raced = standingOf(started('a'), started('b'), started('c'), promoted('b', 'a'), promoted('c', 'a'));
    expect(raced).toMatchObject({ live: idOf('b'), former: idOf('a') });
  });

  it('cannot be dropped; what was dropped is nothing to go back to, and can be started again', () => {
    const live = [started('a'), started('b'), promoted('b', 'a')];
    expect(isOpen(standingOf(...live, dropped('b')), idOf('b'))).toBe(true);
    const without = standingOf(...live, dropped('a'));
    expect([without.former, isOpen(without, idOf('a'))]).toEqual([null, false]);
    expect(isOpen(standingOf(...live, dropped('a'), started('a')), idOf('a'))).toBe(true);
  });

  it('is always open, whatever was written in whatever order', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const event = fc.oneof(
      name.map((one): GenerationEvent => started(one)),
      name.map(dropped),
      fc.tuple(name, name).map(([one, from]) => promoted(one, from)),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const standing = standingOf(...events);
        for (const one of [standing.live, standing.former]) expect(one === null || isOpen(standing, one)).toBe(true);
        expect(standing.live === null || standing.live !== standing.former).toBe(true);
      }),
    );
  });
});

describe('what is open', () => {
  it('is never more than the bound that starts were asked under, and what was refused does not come when there is room', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const bounded = name.map((one): GenerationEvent => ({ ...started(one), openMax: 2 }));
    fc.assert(
      fc.property(fc.array(fc.oneof(bounded, name.map(dropped)), { maxLength: 30 }), (events) => {
        const open = new Set<string>();
        for (const { type, generation } of events)
          if (type === 'generation.dropped') open.delete(generation);
          else if (open.size < 2) open.add(generation);
        const standing = standingOf(...events);
        const ids = ['a', 'b', 'c', 'd', 'e'].map(idOf).filter((id) => isOpen(standing, id));
        expect(new Set(ids)).toEqual(open);
      }),
    );
  });

  it('is also what a promotion or an older record starts, whatever is open', () => {
    const all = standingOf(
      started('a'),
      started('b'),
      { ...started('c'), openMax: 2 },
      started('d'),
      promoted('d', 'a'),
    );
    expect([isOpen(all, idOf('c')), all.live]).toEqual([false, idOf('d')]);
  });
});

describe('a record of a generation', () => {
  it('is read as it was written', () => {
    for (const event of [started('a'), { ...started('a'), openMax: 4 }, promoted('a', 'b'), dropped('a')]) {
      expect(decodeGenerationEvent(encodeGenerationEvent('t', event))).toEqual(event);
    }
  });

  it('is none when it is no JSON, of no known type, or named after another identity', () => {
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const foreign = [null, new Uint8Array([0xff]), bytes({}), bytes({ ...dropped('a'), type: 'generation.renamed' })];
    for (const value of [...foreign, bytes({ ...started('a'), generation: idOf('b') })]) {
      expect(decodeGenerationEvent({ value })).toBeUndefined();
    }
  });
});
