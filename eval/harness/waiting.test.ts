/** Questions that wait, beside what happens in the meantime. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { account, ticket } from '../../src/fixtures.test-support.js';
import type { SourceEntry, StreamSource } from '../streams/source.js';
import type { CloudEventJson, EventEntry } from '../streams/stream.js';
import { memoryEngines } from './engines.test-support.js';
import { askedAt, lagging, smallStream, startsAtMs } from './lag.test-support.js';
import { LaggingLog } from './lagging-log.js';
import { runSuite } from './run.js';
import { doneRun, inFolder, partsOf } from './run.test-support.js';
import type { Question } from './types.js';

const consistency = { level: 'latest', maxStalenessMs: 60_000, deadlineMs: 30_000, onViolation: 'wait' } as const;
const tickets = Array.from({ length: 12 }, (_, index) => `T-${index}`);

function told(atS: number, event: object, topicKind: EventEntry['topicKind'] = 'ticket'): EventEntry {
  return { at: startsAtMs + atS * 1_000, tenant: 'acme', topicKind, event: event as CloudEventJson };
}

function sourceOf(entries: readonly SourceEntry[]): StreamSource {
  return {
    name: 'told',
    async *entries() {
      yield* entries;
    },
    questions: async () => [],
  };
}

/** Tickets of several partitions that all change at second 100. */
const together = sourceOf([
  told(0, account('A-1'), 'account'),
  ...tickets.map((id) => told(0, ticket(id, { subject: 'Nothing prints' }))),
  ...tickets.map((id) => told(100, ticket(id, { subject: 'Labels print again' }))),
]);

/** Every write takes a few turns of the event loop, as one of a store elsewhere would. */
const engines = memoryEngines(({ state }) => {
  const write: typeof state.write = async (one) => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    return state.write(one);
  };
  return { state: new Proxy(state, { get: (of, name) => (name === 'write' ? write : boundMember(of, name)) }) };
});

function boundMember(of: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(of, name, of);
  return typeof member === 'function' ? member.bind(of) : member;
}

function lateRun(source: StreamSource, questions: readonly Question[]) {
  const setup = lagging({ stateMs: 20_000, indexMs: 0 });
  return inFolder((folder) => doneRun({ ...partsOf(source, folder, questions), engines, setup }));
}

afterEach(() => vi.restoreAllMocks());

describe('a question that waits', () => {
  it('is answered by all that is folded at the instant that wakes it, and not by the part that is folded first', async () => {
    const questions = tickets.map((id, index) => {
      const at = {
        kind: 'position',
        topic: 'stream',
        partition: 0,
        offset: BigInt(1 + tickets.length + index),
      } as const;
      return askedAt(100, { id, at, consistency, kinds: ['ticket'], count: 20 });
    });
    const { answers } = await lateRun(together, questions);
    expect(answers.map(({ waitedMs, findings }) => [waitedMs, findings])).toEqual(tickets.map(() => [20_000, []]));
  });

  it('keeps its deadline when an operator decides in the meantime', async () => {
    const repaired = Buffer.from(JSON.stringify(ticket('T-2')));
    const source = sourceOf([
      told(0, account('A-1'), 'account'),
      { at: startsAtMs, raw: { topicKind: 'ticket', key: 'acme/T-2', value: '{"id":' } },
      told(100, ticket('T-1')),
      { at: startsAtMs + 115_000, decision: { kind: 'redriven', repaired, about: 'stream:0:1' } },
      told(1_000, ticket('T-3')),
    ]);
    const { answers, stream } = await lateRun(source, [
      askedAt(110, { consistency: { ...consistency, deadlineMs: 7_000 } }),
    ]);
    expect(stream.notices).toContain('1 decision of an operator was played');
    expect(answers).toMatchObject([{ refused: { why: 'behind' }, waitedMs: 7_000 }]);
  });

  it('ends the run with an error where what is due is never folded', async () => {
    vi.spyOn(LaggingLog.prototype, 'nextDueMs', 'get').mockReturnValue(startsAtMs + 110_000);
    await inFolder(async (folder) => {
      const parts = {
        ...partsOf(smallStream, folder, [askedAt(110, { consistency })]),
        setup: lagging({ stateMs: 20_000, indexMs: 0 }),
      };
      await expect(runSuite(parts)).rejects.toThrow('time goes on while somebody waits');
    });
  });
});
