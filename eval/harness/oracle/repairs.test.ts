import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical.js';
import { recordKey } from '../../../src/domain/record-key.js';
import { patch, recordOf, remove, ticket } from '../../../src/fixtures.test-support.js';
import { defaultTopics, sourceTopic } from '../../../src/log/topics.js';
import { type StreamRecord, Truth } from './truth.js';

const bytesOf = (event: JsonObject) => Buffer.from(JSON.stringify(event));

/** The record of an event, with these bytes in its place. */
function recordAt(index: number, event: JsonObject, value: Uint8Array = bytesOf(event)): StreamRecord {
  const id = String(event.subject);
  const { topic, headers } = recordOf('ticket', id, event);
  const rules = sourceTopic(defaultTopics, topic);
  if (rules === undefined) throw new Error('tickets have a topic');
  const key = recordKey('acme', id);
  return { topic, key, headers, value, rules, partition: 0, position: `${topic}:0:${index}` };
}

const id = fc.constantFrom('T-1', 'T-2');
const words = fc.constantFrom('a', 'b', 'c');
/** Of two tickets; some come twice, some are patches of what is not there. */
const event = fc.oneof(
  fc.tuple(id, words).map(([of, subject]) => ticket(of, { subject })),
  fc
    .tuple(id, words, fc.nat(3))
    .map(([of, subject, version]) => ticket(of, { subject }, { entityversion: `${version}` })),
  fc.tuple(id, words).map(([of, priority]) => patch('ticket', of, { priority })),
  id.map((of) => remove('ticket', of)),
);
const broken = fc.constantFrom<Uint8Array | null>(null, Buffer.from('{'), Buffer.from('"no event"'));
const states = (truth: Truth) => ['T-1', 'T-2'].map((one) => truth.state('acme', 'ticket', one));

describe('a record that is repaired', () => {
  it('is as if it had never been broken, in whatever order those of a stream are repaired', () => {
    const drawn = fc.array(fc.record({ event, broken, turn: fc.nat() }), { maxLength: 14 });
    fc.assert(
      fc.property(drawn, (told) => {
        const [whole, repaired] = [new Truth(true), new Truth(true)];
        for (const [index, one] of told.entries()) {
          whole.take(recordAt(index, one.event));
          repaired.take(recordAt(index, one.event, one.broken ?? undefined));
        }
        const repairs = [...told.entries()].filter(([, one]) => one.broken !== null);
        repairs.sort(([, a], [, b]) => a.turn - b.turn);
        for (const [index, one] of repairs) repaired.repair(recordAt(index, one.event).position, bytesOf(one.event));
        expect(states(repaired)).toEqual(states(whole));
      }),
    );
  });

  it('stays broken under bytes that are no event, that are about another key, or that come after a repair', () => {
    const truth = new Truth(true);
    const wrong = ticket('T-1', { status: 7 });
    const { position } = recordAt(0, wrong);
    truth.take(recordAt(0, wrong));
    for (const bytes of [Buffer.from('{'), bytesOf(ticket('T-2'))]) truth.repair(position, bytes);
    expect(states(truth)).toEqual([undefined, undefined]);
    truth.repair(position, bytesOf(ticket('T-1', { subject: 'first' })));
    truth.repair(position, bytesOf(ticket('T-1', { subject: 'second' })));
    expect(states(truth)).toMatchObject([{ position, data: { subject: 'first' } }, undefined]);
  });
});
