import { expect, it } from 'vitest';
import type { StreamSource } from '../streams/source.js';
import type { EventEntry } from '../streams/stream.js';
import { doneRun, inFolder, partsOf, questionAt } from './run.test-support.js';

const body = 'Refunds of labels take five working days.';

function policy(id: string, text: string): EventEntry {
  const data = { id, policyId: id, version: '1', title: 'Refunds', body: text, effectiveFrom: '2025-01-01T00:00:00Z' };
  const event = {
    specversion: '1.0' as const,
    id: `event-${id}`,
    source: 'test',
    type: 'policy.published',
    subject: id,
    tenant: 'northquay',
    time: '2026-01-01T00:00:00Z',
    datacontenttype: 'application/json',
    data,
  };
  return { at: Date.UTC(2026, 0, 1), tenant: 'northquay', topicKind: 'policy', event };
}

const source: StreamSource = {
  name: 'one text under three ids, and another',
  async *entries() {
    yield* [policy('C', body), policy('A', body), policy('B', body), policy('Z', 'Working parcels are measured.')];
  },
  questions: async () => [],
};

it('what was folded into an item is found with it: it ranks right behind, and only the item is released', async () => {
  await inFolder(async (folder) => {
    const { answers } = await doneRun(
      partsOf(source, folder, [questionAt('one', { text: 'How many working days does a refund of a label take?' })]),
    );
    const [{ ranking = [], items = [] } = {}] = answers;
    expect(items.map(({ ref }) => ref)).toEqual(['policy/A', 'policy/Z']);
    expect(ranking.map(({ ref }) => ref)).toEqual(['policy/A', 'policy/B', 'policy/C', 'policy/Z']);
    expect(ranking[1]).toEqual({ ...ranking[0], ref: 'policy/B' });
  });
});
