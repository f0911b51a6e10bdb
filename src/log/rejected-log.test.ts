import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { type LeaderEpochs, oneEpoch } from '../domain/epochs.js';
import { positionText } from '../domain/position.js';
import { rejection } from '../domain/rejection.js';
import { position } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { decodeRejectedEntry, encodeDeadLetter } from './dead-letter.js';
import type { LogRecord } from './port.js';
import { rejectedContract } from './rejected.contract.js';
import { RejectedLog } from './rejected-log.js';
import { rejectedSubject, rejectedSubjectTopics } from './rejected-log.test-support.js';

const topic = 'copilot.rejected';
const clock = { wallMs: () => 1_700_000_000_000 };

rejectedContract('the rejected events on a topic', () => {
  return rejectedSubject(new MemoryLog({ id: 'log-1', topics: rejectedSubjectTopics, clock: clock.wallMs }), clock);
});

describe('what is read at open', () => {
  it('is handed over once, and is not kept', async () => {
    const log = new MemoryLog({ id: 'log-1', topics: [{ name: topic, partitions: 1 }], clock: clock.wallMs });
    const first = await RejectedLog.open(log, topic, clock);
    for (let n = 0; n < 3; n++) await first.decide(`support.tickets:0:${n}`, { kind: 'discarded' });
    const opened = await RejectedLog.open(log, topic, clock, 0n);
    const { loaded, tail } = opened.handOver();
    expect([loaded, tail.map(({ position: { offset } }) => offset)]).toEqual([[0n], [1n, 2n]]);
    expect(opened.handOver()).toEqual({ loaded: [], tail: [] });
  });
});

/** A log whose source has lost all that was written under epoch 0, once that is said. */
class LosingLog extends MemoryLog {
  hasLost = false;

  override get epochs(): LeaderEpochs {
    const endOf = (partition: string, epoch: number) =>
      partition.startsWith('support') && epoch === 0 ? 0n : undefined;
    return this.hasLost ? { epochOf: () => 1, endOf } : oneEpoch;
  }
}

describe('the letter of a record that the log has lost', () => {
  const names = ['support.tickets', topic].map((name) => ({ name, partitions: 1 }));
  const letterOf = (log: LosingLog, leaderEpoch: number) => {
    const incarnation = log.topics()[0]?.incarnation ?? position(0).incarnation;
    const record = { position: position(0, { leaderEpoch, incarnation }), timestampMs: 0, headers: [], value: null };
    const about = { tenant: 'acme', kind: 'ticket', id: `T-${leaderEpoch}`, accountId: null } as const;
    return { record: { ...record, key: null }, rejection: rejection('not_json', ''), concern: about };
  };

  it.each([['the topic'], ['a checkpoint']])(
    "is not its successor's, nor is the decision, read from %s",
    async (from) => {
      const log = new LosingLog({ id: 'log-1', topics: names, clock: clock.wallMs });
      const before = await RejectedLog.open(log, topic, clock);
      const id = positionText(letterOf(log, 0).record.position);
      await before.append([letterOf(log, 0)]);
      const decided = await before.decide(id, { kind: 'discarded' });
      for await (const records of log.scan(topic, 0, 0n, decided.offset + 1n))
        for (const one of records) before.adopt(one);
      expect(before.decisionOn(id)).toBeDefined();
      const known = from === 'a checkpoint' ? before.capture(decided.offset) : undefined;
      log.hasLost = true;
      const after = await RejectedLog.open(log, topic, clock, known);
      expect([after.find(id), after.decisionOn(id), after.list(null)]).toEqual([undefined, undefined, []]);
      await after.append([letterOf(log, 1)]);
      const again = await RejectedLog.open(log, topic, clock, known);
      expect(again.list(null)).toMatchObject([{ id, concern: { id: 'T-1' }, decision: null }]);
    },
  );
});

describe('a dead letter', () => {
  const bytes = fc.uint8Array({ maxLength: 30 });
  const record = fc.record({
    position: fc
      .record({ partition: fc.nat(), leaderEpoch: fc.nat(), offset: fc.bigInt({ min: 0n, max: 2n ** 62n }) })
      .map((place) => position(0, place)),
    timestampMs: fc.nat(),
    key: fc.option(bytes),
    headers: fc.array(fc.tuple(fc.string(), bytes), { maxLength: 5 }),
    value: fc.option(bytes),
  });
  const text = fc.option(fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed()));
  const concern = fc.record({
    tenant: text,
    kind: fc.constantFrom('ticket' as const, null),
    id: text,
    accountId: text,
  });
  const why = { reason: 'not_json', detail: 'not valid JSON' } as const;

  it('reads back as it was written, whatever the record and its headers hold', () => {
    fc.assert(
      fc.property(record, concern, (original, about) => {
        const letter = { record: original, rejection: why, concern: about };
        const written: LogRecord = {
          ...original,
          ...encodeDeadLetter(topic, letter),
          position: position(7, { topic }),
        };
        expect(decodeRejectedEntry(written)).toMatchObject({ entry: 'letter', letter, isReference: false });
      }),
    );
  });

  it('has names that Kafka Connect readers know', () => {
    const original = { position: position(7), timestampMs: 0, key: null, headers: [], value: null };
    const about = { tenant: null, kind: null, id: null, accountId: null };
    const { headers } = encodeDeadLetter(topic, { record: original, rejection: why, concern: about });
    const named = new Map(headers.map(([name, value]) => [name, new TextDecoder().decode(value)]));
    expect(named.get('__connect.errors.topic')).toBe('support.tickets');
    expect(named.get('__connect.errors.offset')).toBe('7');
    expect(named.get('__connect.errors.exception.class.name')).toBe('not_json');
  });

  it('fits the log whatever it is about', () => {
    const value = new Uint8Array(limits.frameBytesMax);
    const original = { position: position(7), timestampMs: 0, key: null, headers: [], value };
    const longest = 'x'.repeat(limits.idLengthMax);
    const about = { tenant: longest, kind: 'ticket', id: longest, accountId: longest } as const;
    const written = encodeDeadLetter(topic, { record: original, rejection: why, concern: about });
    expect(written.value).toBeNull();
    expect(written.headers.length).toBeLessThanOrEqual(limits.recordHeadersMax);
  });

  it('is not seen in records of others', () => {
    const raw = fc.array(fc.tuple(fc.constantFrom('tidemark.entry', 'tidemark.rejected.position', 'x'), bytes));
    fc.assert(
      fc.property(raw, (headers) => {
        const foreign = { position: position(0), timestampMs: 0, key: null, headers, value: null };
        expect(decodeRejectedEntry(foreign)).toBeUndefined();
      }),
    );
  });
});
