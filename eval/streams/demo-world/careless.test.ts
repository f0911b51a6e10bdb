/** Each trap must catch a service that makes the mistake it is about: otherwise passing it would mean nothing. */
import { describe, expect, it } from 'vitest';
import { type CloudEventJson, type EventEntry, isEventEntry, moments, type StreamEntry } from '../stream.js';
import { type Answer, demoWorld, judge, tenants, traps } from './index.js';
import { answerOf, modelOf } from './model.js';
import type { Expectation, Trap } from './trap.js';

const world = demoWorld();

function seen(entries: Iterable<StreamEntry>, through: number): StreamEntry[] {
  return [...moments(entries, [through])].flatMap(({ arrived }) => arrived);
}

/** Answers from a distorted past. */
function over(distort: (entries: StreamEntry[]) => StreamEntry[]): (expected: Expectation) => Answer {
  return (expected) => answerOf(modelOf(distort(seen(world, expected.seenThrough))), expected);
}

function mapEvents(change: (event: CloudEventJson, index: number) => CloudEventJson) {
  return over((entries) =>
    entries.map((entry, index) => (isEventEntry(entry) ? { ...entry, event: change(entry.event, index) } : entry)),
  );
}

function withoutEvents(left: (entry: EventEntry) => boolean) {
  return over((entries) => entries.filter((entry) => !isEventEntry(entry) || !left(entry)));
}

const mistakes: Readonly<Record<string, readonly [mistake: string, answer: (expected: Expectation) => Answer]>> = {
  'entitlement revoked late': ['ignores late news', withoutEvents(({ event }) => event.type === 'entitlement.revoked')],
  'policy superseded': ['keeps the version it knows', withoutEvents(({ event }) => event.type === 'policy.published')],
  'policy scheduled': [
    'judges windows by the last event instead of the question',
    (expected) =>
      answerOf(modelOf(seen(world, expected.seenThrough)), { ...expected, evaluatedAt: expected.seenThrough }),
  ],
  'ticket moved between accounts': ['ignores the move', withoutEvents(({ event }) => event.type === 'ticket.moved')],
  'account deleted and recreated': ['deletes nothing', withoutEvents(({ event }) => event.op === 'delete')],
  'duplicates and older versions sent again': [
    'lets the last arrival win',
    mapEvents((event, index) => {
      const { entityversion: _, ...unversioned } = event;
      return { ...unversioned, id: `${event.id}/${index}` } as CloudEventJson;
    }),
  ],
  'poisoned record': ['drops what it cannot read', over((entries) => entries.filter(isEventEntry))],
  'hostile text in a ticket': [
    'cleans text up',
    mapEvents((event) => JSON.parse(JSON.stringify(event).replaceAll('\u200B', '')) as CloudEventJson),
  ],
  'same ids in both tenants': [
    'forgets the tenant',
    (expected) => {
      const model = modelOf(seen(world, expected.seenThrough));
      const answers = tenants.map((tenant) => answerOf(model, { ...expected, tenant }));
      const items = answers.flatMap((answer) => answer.items);
      return { items, text: JSON.stringify(items), label: 'fresh' };
    },
  ],
  'patch for an unknown ticket': [
    'drops what it cannot apply',
    withoutEvents(({ event }) => event.id === 'T-1005.2' && event.tenant === 'northquay'),
  ],
};

function caught(trap: Trap, answer: (expected: Expectation) => Answer): string[] {
  return trap.expectations
    .filter(({ when }) => when !== 'redriven')
    .flatMap((expected) => judge(expected, answer(expected)));
}

describe('a trap catches a service that', () => {
  it.each(traps.map((trap) => [trap.name, trap] as const))('falls into it: %s', (name, trap) => {
    const [mistake, answer] = mistakes[name] ?? [];
    expect(answer, `no mistake is written down for ${name}`).toBeDefined();
    if (answer !== undefined) expect(caught(trap, answer), mistake).not.toEqual([]);
  });
});
