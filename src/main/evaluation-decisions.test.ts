import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { encodeDecision } from '../log/dead-letter.js';
import { defaultTopics, topicsToOpen } from '../log/topics.js';
import { decisionsIn, decisionsNotice } from './evaluation-decisions.js';

const { rejected } = defaultTopics;

describe('decisions of operators', () => {
  it('are counted among the letters and strangers of their topic, and told in one line', async () => {
    const log = new MemoryLog({ id: 'decided', topics: topicsToOpen(defaultTopics), clock: () => 0 });
    const about = 'support.tickets:0:1';
    const stranger = { topic: rejected, key: null, headers: [], value: Buffer.from('a note') };
    await log.append([
      stranger,
      encodeDecision(rejected, about, { kind: 'discarded' }),
      encodeDecision(rejected, about, { kind: 'redriven', repaired: Buffer.from('{}') }),
    ]);
    const count = await decisionsIn(log, [{ topic: rejected, partition: 0, from: 0n, to: 3n }]);
    expect(count).toBe(2);
    const told = '2 decisions of operators were not played: what was redriven or repaired there is rejected here';
    expect(decisionsNotice(count)).toEqual([told]);
    await log.close();
  });

  it('that are none are not told', () => {
    expect(decisionsNotice(0)).toEqual([]);
  });
});
