import { describe, expect, it } from 'vitest';
import { limits } from '../../limits.js';
import type { DecisionTrace, Gap } from './model.js';
import {
  at,
  type Change,
  decisionId,
  found,
  manifest,
  type Place,
  readerOf,
  snapshotId,
} from './story.test-support.js';
import { traceDecision } from './trace.js';

async function traced(change: Change = {}): Promise<DecisionTrace> {
  return (await traceDecision(readerOf(change), decisionId)) ?? expect.fail('there is such a decision');
}

const gapsOf = async (change: Change) => (await traced(change)).gaps;
const gap = (stage: Gap['stage'], reason: Gap['reason'], more: Partial<Gap> = {}) =>
  expect.objectContaining({ stage, reason, ...more });

describe('the trace of a decision', () => {
  it('tells the whole story in its order, and is complete', async () => {
    const { hops, ...told } = await traced();
    expect(told).toEqual({ id: decisionId, correlationId: 'c-1', complete: true, gaps: [] });
    expect(hops.map(({ stage, ref }) => `${stage} ${ref}`)).toEqual([
      'control task.started',
      'state account/A-1',
      `snapshot ${snapshotId}`,
      'policy policySet',
      'tool tool.called',
      'tool tool.returned',
      'control approval.requested',
      'decision decision.proposed',
      'approval decision.overridden',
      'decision decision.executed',
      'written account/A-1',
      'control task.finished',
    ]);
  });

  it('is none where nobody has such a decision', async () => {
    expect(await traceDecision(readerOf(), 'D-2')).toBeUndefined();
  });

  it.each<[Place, Gap['stage'], string]>([
    ['started', 'control', 'task.started of W-1'],
    ['called', 'tool', 'tool.called refund-1'],
    ['returned', 'tool', 'tool.returned or tool.failed refund-1'],
    ['proposed', 'decision', 'decision.proposed'],
    ['requested', 'control', 'approval.requested'],
    ['overridden', 'approval', 'decision.approved or decision.overridden'],
    ['executed', 'decision', 'decision.executed'],
    ['finished', 'control', 'task.finished or task.failed of W-1'],
    ['account', 'state', 'account/A-1'],
    ['wrote', 'written', 'a record that decision.executed names'],
  ])('names what is missing when %s never was', async (place, stage, what) => {
    expect(await gapsOf({ gone: [place] })).toContainEqual(expect.objectContaining({ stage, what }));
  });

  it.each(Object.keys(at) as Place[])(
    'names %s with its position and reason when it can no longer be read',
    async (place) => {
      expect(await gapsOf({ lost: { [place]: 'expired' } })).toContainEqual(
        expect.objectContaining({ position: at[place], reason: 'expired' }),
      );
    },
  );
});

describe('a snapshot in a trace', () => {
  it.each(['not_on_record', 'expired', 'damaged'] as const)('that is %s is a gap', async (reason) => {
    expect(await gapsOf({ snapshot: { kind: 'lost', reason } })).toContainEqual(
      gap('snapshot', reason, { what: snapshotId }),
    );
  });

  it('that did not replay to what was released is a gap, and a hop with its verdict', async () => {
    const difference = { at: '/items/0', expected: 'a', actual: 'b' };
    const { gaps, hops } = await traced({ snapshot: { ...found, verdict: { verdict: 'MISMATCH', difference } } });
    expect(gaps).toEqual([gap('snapshot', 'mismatch', { position: 'copilot.context:0:0' })]);
    expect(hops.find(({ stage }) => stage === 'snapshot')).toMatchObject({ verdict: 'MISMATCH' });
    expect(hops.find(({ stage }) => stage === 'state')).toMatchObject({ verdict: 'MATCH' });
  });

  it('beyond the number that is replayed is said to be left out', async () => {
    const snapshots = Array.from({ length: limits.traceSnapshotsMax + 1 }, (_, n) => `${n}`);
    const gaps = await gapsOf({ data: { proposed: { snapshots } } });
    expect(gaps.filter(({ reason }) => reason === 'left_out')).toHaveLength(2);
  });

  it('with another prompt than the decision names, under its id, is a gap', async () => {
    const named = { id: 'answer', version: '1', hash: snapshotId };
    const prompt = { ...named, hash: manifest.parsed.content, input: {}, renderer: 'r' };
    const parsed = { ...manifest.parsed, stamp: { ...manifest.parsed.stamp, prompt } };
    const proposed = { snapshots: [snapshotId], prompt: named };
    const snapshot = { ...found, manifest: { ...manifest, parsed } };
    expect(await gapsOf({ data: { proposed }, snapshot })).toContainEqual(gap('prompt', 'mismatch'));
    const { hops } = await traced({ data: { proposed } });
    expect(hops.find(({ stage }) => stage === 'prompt')).toMatchObject({ ref: 'answer', hash: snapshotId });
  });
});

describe('a decision in a trace', () => {
  it('that follows an event nobody has is a gap which names it', async () => {
    const gaps = await gapsOf({ data: { executed: { follows: 'nobody' } } });
    expect(gaps).toEqual([gap('decision', 'missing', { what: 'the event nobody that decision.executed follows' })]);
  });

  it('that is still open has no gap for what may yet come', async () => {
    const { complete } = await traced({ gone: ['overridden', 'executed', 'wrote', 'finished', 'requested'] });
    expect(complete).toBe(true);
  });

  it('that awaits a person is said to, and not to be lost, also when its task has finished', async () => {
    const data = { finished: { outcome: 'asked' } };
    const gone = ['overridden', 'executed', 'wrote'] as const;
    expect(await gapsOf({ gone, data })).toEqual([gap('approval', 'pending')]);
    const unasked = { action: 'refund', snapshots: [snapshotId], approval: 'none' };
    expect(await gapsOf({ gone, data: { ...data, proposed: unasked } })).toEqual([gap('decision', 'missing')]);
  });

  it('that was overruled with nothing in its place is settled without being executed', async () => {
    const data = { overridden: { by: 'kim', reason: 'no', follows: 'proposed' }, finished: { outcome: 'done' } };
    expect(await gapsOf({ gone: ['executed', 'wrote'], data })).toEqual([]);
    expect(await gapsOf({ gone: ['executed', 'wrote', 'finished'], data })).toEqual([gap('control', 'unfinished')]);
  });

  it('that was overruled with nothing in its place, and executed all the same, is a gap: nobody approved of it', async () => {
    const overridden = { by: 'kim', reason: 'no', follows: 'proposed' };
    const gaps = await gapsOf({ data: { overridden } });
    expect(gaps).toEqual([gap('approval', 'overruled', { position: at.executed })]);
    const unasked = { action: 'refund', snapshots: [snapshotId], approval: 'none' };
    expect(await gapsOf({ data: { overridden, proposed: unasked } })).toEqual(gaps);
  });

  it('goes by the last word that was had before it was executed', async () => {
    const data = { overridden: { by: 'kim', reason: 'no', follows: 'proposed' } };
    const again = { kind: 'decision', type: 'decision.approved', subject: decisionId, data: { by: 'lee' } } as const;
    const before = { ...readerOf({ data, beside: [again] }) };
    const told = before.decision(decisionId);
    const [approved] = told.slice(-1);
    const reordered = [...told.slice(0, 2), ...(approved === undefined ? [] : [approved]), ...told.slice(2, -1)];
    const { gaps } = (await traceDecision({ ...before, decision: () => reordered }, decisionId)) ?? expect.fail();
    expect(gaps).toEqual([]);
  });

  it('whose write was rejected is told so: it has no effect', async () => {
    expect(await gapsOf({ more: { wrote: { isRejected: true } } })).toContainEqual(gap('written', 'rejected'));
  });

  it('that names the deletion of an entity as written has it as a hop', async () => {
    const key = { tenant: 'acme', kind: 'account', id: 'A-1' } as const;
    const more = { wrote: { event: { about: 'tombstone', tenant: 'acme', key } } } as const;
    const { gaps, hops } = await traced({ more });
    expect(gaps).toEqual([]);
    expect(hops.find(({ stage }) => stage === 'written')).toMatchObject({
      ref: 'account/A-1',
      position: at.wrote,
      facts: { deleted: true, by: 'decision.executed' },
    });
  });

  it('that names as written what is a record of no entity has a gap, unless it is a hop', async () => {
    const beside = [{ kind: 'tool', type: 'tool.called', subject: 'another', correlationId: null }] as const;
    const executed = { wrote: ['copilot.tool:9:0', at.returned, at.wrote], follows: 'overridden' };
    expect(await gapsOf({ beside, data: { executed } })).toEqual([
      gap('written', 'no_entity', { position: 'copilot.tool:9:0' }),
    ]);
  });

  it('whose task left a record of another decision behind shows that record too', async () => {
    const beside = [{ kind: 'decision', type: 'decision.proposed', subject: 'D-2' }] as const;
    const finished = { outcome: 'done', records: ['copilot.decision:9:0'] };
    const { gaps, hops } = await traced({ beside, data: { finished } });
    expect(gaps).toEqual([]);
    expect(hops).toContainEqual(expect.objectContaining({ stage: 'written', position: 'copilot.decision:9:0' }));
  });

  it('whose task names a record of another interaction is not complete', async () => {
    const { event } = await readerOf()
      .event(at.requested)
      .then((one) => (one.kind === 'found' ? one.record : expect.fail()));
    const more = { requested: { event: { ...event, correlationId: 'c-2' } as typeof event } };
    expect(await gapsOf({ more })).toContainEqual(gap('written', 'other_correlation', { position: at.requested }));
  });

  it('whose records are of two interactions is told with what belongs to either', async () => {
    const correlated = {
      started: 'c-2',
      called: 'c-2',
      returned: 'c-2',
      requested: 'c-2',
      executed: 'c-2',
      finished: 'c-2',
    };
    const proposed = { action: 'refund', snapshots: [snapshotId], approval: 'required' };
    const { gaps, hops, correlationId } = await traced({ correlated, data: { proposed } });
    expect([gaps, correlationId]).toEqual([[], 'c-1']);
    expect(hops.map(({ ref }) => ref)).toEqual(
      expect.arrayContaining(['task.started', 'tool.called', 'tool.returned', 'approval.requested', 'task.finished']),
    );
  });

  it('that was approved after it had been executed is told as one that was not', async () => {
    const late = { ...readerOf(), decision: (id: string) => readerOf().decision(id).toReversed() };
    const { gaps } = (await traceDecision(late, decisionId)) ?? expect.fail();
    expect(gaps).toContainEqual(gap('approval', 'missing'));
  });

  it('with more members than are shown is told by the hash of all of them', async () => {
    const members = Array.from({ length: 10 }, (_, n) => [`m${n}`, 'x'.repeat(limits.traceValueBytesMax - 2)]);
    const { hops } = await traced({ data: { proposed: Object.fromEntries(members) } });
    const { facts } = hops.find(({ ref }) => ref === 'decision.proposed') ?? expect.fail();
    expect(facts.data).toEqual({ hash: expect.stringMatching(/^sha256-/), bytes: expect.any(Number) });
  });

  it('shows values as they are, and long ones by their hash', async () => {
    const action = 'x'.repeat(limits.traceValueBytesMax);
    const { hops } = await traced({ data: { proposed: { action, approval: 'none', snapshots: [] } } });
    const { facts } = hops.find(({ ref }) => ref === 'decision.proposed') ?? expect.fail();
    expect(facts.data).toEqual({
      action: { hash: expect.any(String), bytes: action.length + 2 },
      approval: 'none',
      snapshots: [],
    });
  });
});
