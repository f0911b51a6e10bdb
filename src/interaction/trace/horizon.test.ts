import { describe, expect, it } from 'vitest';
import { type Change, decisionId, readerOf } from './story.test-support.js';
import { traceDecision } from './trace.js';

const gapsOf = async (change: Change) => ((await traceDecision(readerOf(change), decisionId)) ?? expect.fail()).gaps;
const left = (stage: string) =>
  expect.objectContaining({ stage, what: expect.stringMatching(/^records of .* events/), reason: 'left_out' });

describe('the trace of a decision that is older than what is known', () => {
  it.each(['control', 'tool'] as const)('says once that records of %s may have left', async (kind) => {
    expect(await gapsOf({ unknownBeforeMs: { [kind]: 1 } })).toEqual([left(kind)]);
    expect(await gapsOf({ unknownBeforeMs: { [kind]: Number.POSITIVE_INFINITY } })).toEqual([left(kind)]);
  });

  it('is whole when all of its records are newer, whatever else has left', async () => {
    expect(await gapsOf({ unknownBeforeMs: { control: 0, tool: 0, decision: 1 } })).toEqual([]);
  });

  it('does not call lost what may only have left', async () => {
    const unknownBeforeMs = { control: 0, tool: 0, decision: 0 };
    for (const [place, stage] of [
      ['started', 'control'],
      ['called', 'tool'],
      ['proposed', 'decision'],
    ] as const) {
      const gaps = await gapsOf({ gone: [place], unknownBeforeMs });
      expect(gaps).toContainEqual(left(stage));
      expect(gaps.filter(({ reason }) => reason === 'missing').filter((one) => one.stage === stage)).toEqual([]);
    }
  });

  it('calls lost what its own partition shows to be missing', async () => {
    const gaps = await gapsOf({ gone: ['overridden'], unknownBeforeMs: { decision: 1 } });
    expect(gaps.map(({ reason }) => reason)).toContain('missing');
    expect(gaps).not.toContainEqual(left('decision'));
  });
});
