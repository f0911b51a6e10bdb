/** What one trace reads and tells at most, whatever an interaction has come to. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../limits.js';
import type { TraceReader } from './port.js';
import { type Beside, decisionId, readerOf } from './story.test-support.js';
import { traceDecision } from './trace.js';

const CROWD = 2 * limits.traceRecordsMax;
const crowd = (kind: Beside['kind'], type: string): readonly Beside[] =>
  Array.from({ length: CROWD }, (_, n) => ({ kind, type, subject: `${kind}-${n}` }));

/** How often each was asked. */
function counted(reader: TraceReader) {
  const asked = { event: 0, tool: 0, workflow: 0 };
  const counting = new Proxy(reader, {
    get: (target, name, receiver) => {
      if (name === 'event' || name === 'tool' || name === 'workflow') asked[name]++;
      return Reflect.get(target, name, receiver);
    },
  });
  return { asked, counting };
}

describe('a trace in an interaction of thousands', () => {
  it.each([
    ['workflows', crowd('control', 'task.started')],
    ['tool calls', crowd('tool', 'tool.called')],
    ['workflows and tool calls', [...crowd('control', 'task.started'), ...crowd('tool', 'tool.called')]],
  ])('reads and tells a bounded part of its %s, and says that there is more', async (_, beside) => {
    const { asked, counting } = counted(readerOf({ beside }));
    const { gaps, complete } = (await traceDecision(counting, decisionId)) ?? expect.fail();
    expect(complete).toBe(false);
    expect(gaps.length).toBeLessThanOrEqual(limits.traceRecordsMax + 1);
    expect(gaps).toContainEqual(expect.objectContaining({ reason: 'left_out' }));
    expect(Math.max(asked.tool, asked.workflow)).toBeLessThanOrEqual(limits.traceRecordsMax);
    // Its own, and those that it shows and names.
    expect(asked.event).toBeLessThanOrEqual(limits.traceRecordsMax + 10);
  });

  it('reads a bounded number of the records that its own name', async () => {
    const beside = Array.from({ length: 30 }, (_, n) => {
      const wrote = Array.from({ length: 100 }, (_, offset) => `crm.accounts:${n + 1}:${offset}`);
      return { kind: 'decision', type: 'decision.executed', subject: decisionId, data: { wrote } } as const;
    });
    const { asked, counting } = counted(readerOf({ beside }));
    const { gaps } = (await traceDecision(counting, decisionId)) ?? expect.fail();
    expect(asked.event).toBeLessThanOrEqual(limits.traceRecordsMax + 50);
    expect(gaps.length).toBeLessThanOrEqual(limits.traceRecordsMax + 1);
  });

  it('tells the calls that the decision names before all others', async () => {
    const beside = [...crowd('control', 'task.started'), ...crowd('tool', 'tool.called')];
    const { gaps, hops } = (await traceDecision(readerOf({ beside }), decisionId)) ?? expect.fail();
    expect(gaps.filter(({ what }) => what.includes('refund-1'))).toEqual([]);
    expect(hops.filter(({ facts }) => facts.subject === 'refund-1')).toHaveLength(2);
  });
});
