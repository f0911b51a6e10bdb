/** A decision lived through the API: its trace is whole, and with any one of its records gone it names the gap. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectProblem } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';
import { LackingLog } from './lacking-log.test-support.js';
import type { Shape } from './shapes.js';
import { Teller, type Told, worldEvents } from './teller.test-support.js';

const tenants = ['acme', 'other'];
const shape: Shape = {
  account: 1,
  question: 'refund after renewal',
  searches: true,
  calls: [
    { ends: 'returned', isClaimedTwice: false, resultChars: 2_000 },
    { ends: 'failed_then_returned', isClaimedTwice: true, resultChars: 2 },
  ],
  approval: 'required',
  verdict: 'replaced',
  writes: 2,
  isCompensated: true,
  ends: 'task.finished',
  hasSibling: false,
};

describe('a decision that was looked up, claimed, proposed, overridden by a person, executed and taken back', () => {
  const clock = new TwoHandClock();
  let log: LackingLog;
  let flow: Flow;
  let told: Told;
  beforeEach(async () => {
    log = new LackingLog(clock);
    flow = await Flow.open({ clock, log, tenants });
    await flow.caller('acme').ok('/v1/events', { body: worldEvents() });
    await flow.settle();
    told = await new Teller(flow.caller('acme'), clock).tell(shape);
  });
  afterEach(() => flow.stop());

  const trace = async (tenant = 'acme') => {
    clock.advance(1_000);
    return flow.caller(tenant).ask(`/v1/decisions/${told.decision}/trace`);
  };

  it('is told whole, each hop with its position, time, hash and verdict', async () => {
    const { status, body } = await trace();
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: told.decision, correlationId: 'c-0', complete: true, gaps: [] });
    const hops = body.hops as readonly JsonObject[];
    for (const hop of hops) {
      expect(hop).toMatchObject({ hash: expect.stringMatching(/^sha256-/), time: expect.stringMatching(/Z$/) });
      expect(hop.verdict ?? 'MATCH').toBe('MATCH');
    }
    const found = new Set(hops.map(({ position }) => position));
    expect(told.positions.filter((at) => !found.has(at))).toEqual([]);
    expect(new Set(hops.map(({ stage }) => stage))).toEqual(
      new Set(['control', 'state', 'snapshot', 'policy', 'tool', 'decision', 'approval', 'written']),
    );
  });

  it('says the same after a restart, from the log alone', async () => {
    const before = (await trace()).text;
    flow = await flow.restart();
    expect((await trace()).text).toBe(before);
  });

  it('does not exist for another tenant', async () => {
    const foreign = expectProblem(await trace('other'), 404, 'decision_not_found');
    clock.advance(1_000);
    const nobody = await flow.caller('other').ask('/v1/decisions/nobody/trace');
    expect(nobody.body).toEqual({ ...foreign, requestId: nobody.body.requestId, instance: nobody.body.instance });
  });

  it('does not lend its trace to who names its records: they are not there', async () => {
    const data = { action: 'spy', snapshots: [told.snapshots[0] ?? ''], approval: 'none' };
    const core = { specversion: '1.0', source: 's', subject: 'D-spy' };
    const spy = flow.caller('other');
    await spy.ask('/v1/events', { body: { ...core, id: '1', type: 'decision.proposed', data } });
    const wrote = told.positions;
    await spy.ok('/v1/events', { body: { ...core, id: '2', type: 'decision.executed', data: { wrote } } });
    clock.advance(1_000);
    const { gaps, hops } = await spy.ok('/v1/decisions/D-spy/trace');
    const named = (gaps as readonly JsonObject[]).filter(({ stage }) => stage === 'written');
    expect(named.map(({ position, reason }) => [position, reason])).toEqual(wrote.map((at) => [at, 'not_there']));
    expect(JSON.stringify(hops)).not.toContain('refund');
  });

  it.each(['expired', 'compacted', 'truncated', 'damaged'] as const)(
    'names the gap for every record of the story that is %s',
    async (how) => {
      for (const at of await storyRecords()) {
        Object.assign(log, { lacking: at, how });
        const { complete, gaps } = (await trace()).body;
        expect([at, complete]).toEqual([at, false]);
        const named = (gaps as readonly JsonObject[]).some(({ position, what }) => position === at || isOf(at, what));
        expect([at, named, gaps]).toEqual([at, true, gaps]);
      }
    },
  );

  it('names a gap for every record of the story that never was, after a restart', async () => {
    for (const at of await storyRecords()) {
      log.lacking = at;
      flow = await flow.restart();
      expect([at, (await trace()).body.complete]).toEqual([at, false]);
    }
  });

  /** Those that it made, and those that what it knew was made of. */
  async function storyRecords(): Promise<readonly string[]> {
    const { hops } = (await trace()).body;
    const made = (hops as readonly JsonObject[])
      .filter(({ stage }) => stage === 'state')
      .map(({ position }) => String(position));
    const patched = made
      .filter((at) => at.startsWith('crm.accounts:'))
      .map((at) => at.replace(/\d+$/, (last) => String(Number(last) - 1)));
    return [...new Set([...told.positions, ...made, ...patched])];
  }

  /** What an item was made of before its last record, and audit records, are told by the snapshot. */
  function isOf(at: string, what: unknown): boolean {
    return /^(crm|copilot\.context)/.test(at) && told.snapshots.some((id) => String(what).includes(id));
  }
});
