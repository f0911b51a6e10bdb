import { describe, expect, it } from 'vitest';
import { isEventEntry, moments, type StreamEntry } from '../stream.js';
import { demoWorld, judge, traps } from './index.js';
import { answerOf, type Model, modelOf } from './model.js';
import type { Expectation, Trap } from './trap.js';

const world = demoWorld();
const { rejections } = modelOf(world);

function modelAt(seenThrough: number, entries: Iterable<StreamEntry>): Model {
  return modelOf([...moments(entries, [seenThrough])].flatMap(({ arrived }) => arrived));
}

/** The stream as if the rejected record had come in repaired: what a redrive has to amount to. */
function redriven(trap: Trap): StreamEntry[] {
  return world.map((entry) =>
    isEventEntry(entry) || trap.repair === undefined || entry.raw.key !== trap.repair.key
      ? entry
      : { at: entry.at, raw: trap.repair },
  );
}

function failures(trap: Trap, expected: Expectation): string[] {
  const entries = expected.when === 'redriven' ? redriven(trap) : world;
  return judge(expected, answerOf(modelAt(expected.seenThrough, entries), expected));
}

describe.each(traps.map((trap) => [trap.name, trap] as const))('trap: %s', (_name, trap) => {
  it('refers to entities that the stream holds', () => {
    const subjects = new Set(world.filter(isEventEntry).map(({ topicKind, event }) => `${topicKind}/${event.subject}`));
    expect(trap.refs.filter((ref) => !subjects.has(ref))).toEqual([]);
  });

  it('expects what follows from the rules', () => {
    for (const expected of trap.expectations) expect(failures(trap, expected)).toEqual([]);
  });

  it('names the rejections it causes', () => {
    for (const { key, reason } of trap.rejections) expect(rejections).toContainEqual({ key, reason });
  });
});

describe('all traps together', () => {
  it('cause every rejection of the world', () => {
    const expected = traps.flatMap((trap) => trap.rejections.map(({ key, reason }) => ({ key, reason })));
    expect(expected).toHaveLength(rejections.length);
    expect(expected).toEqual(expect.arrayContaining(rejections));
  });

  it('have names of their own and entities of their own', () => {
    expect(new Set(traps.map(({ name }) => name)).size).toBe(10);
    const refs = traps.flatMap((trap) => trap.refs);
    expect(new Set(refs).size).toBe(refs.length);
  });
});
