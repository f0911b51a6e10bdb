import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, DrivenClock, recordOf, ticket } from '../../fixtures.test-support.js';
import { plainLog } from '../../streams.test-support.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

let api: ApiWorld;
beforeEach(async () => {
  api = await ApiWorld.open();
});
afterEach(() => api.stop());

type Row = Record<string, unknown> & { readonly topic: string };

async function row(topic: string): Promise<Row | undefined> {
  const { partitions } = await api.ok('/v1/positions');
  return (partitions as Row[]).find((one) => one.topic === topic);
}

describe('GET /v1/positions', () => {
  it('counts every record in one outcome, and says that they add up', async () => {
    await api.world.put(account('A-1', {}, { entityversion: '2' }));
    await api.world.put(account('A-1', { name: 'old' }, { entityversion: '1' }));
    await api.world.produce(recordOf('account', 'A-1', '{'), recordOf('account', 'A-1', '{'));
    const counts = { applied: 1, superseded: 1, duplicate: 0, rejected: 2, sum: '4', records: '4', addsUp: true };
    expect(await row('crm.accounts')).toMatchObject({
      appliedThrough: '3',
      highWatermark: '4',
      firstKept: '0',
      counts,
    });
    const { totals } = await api.ok('/v1/positions');
    expect(totals).toMatchObject({ rejected: 2, addsUp: true });
  });

  it('says when they do not add up', async () => {
    const counts = { applied: 2, superseded: 0, duplicate: 0, rejected: 0 };
    const nothing = { changes: [], replaced: [], decided: [], block: [] };
    await api.world.produce(recordOf('account', 'A-1', account('A-1')));
    await api.world.state.write({ progress: [{ partition: 'crm.accounts:0', through: 0n, counts }], ...nothing });
    expect(await row('crm.accounts')).toMatchObject({ counts: { sum: '3', records: '1', addsUp: false } });
    expect(member(await api.ok('/v1/positions'), 'totals', 'addsUp')).toBe(false);
  });

  it('says so when a record was given out and never came to be counted', async () => {
    const log = plainLog();
    const { subscribe } = log;
    log.subscribe = async function* (...of) {
      for await (const batch of subscribe.apply(log, of)) {
        yield {
          ...batch,
          records: batch.records.filter(({ key }) => !String(key && Buffer.from(key)).includes('A-2')),
        };
      }
    };
    const lossy = await ApiWorld.open({ log });
    await lossy.world.put(account('A-1'), account('A-2'), account('A-3'));
    const { totals } = await lossy.ok('/v1/positions');
    expect(totals).toMatchObject({ applied: 2, sum: '2', records: '3', addsUp: false });
    await lossy.stop();
  });

  it('shows the lag of a partition that is held, and its age', async () => {
    await api.world.put(account('A-1'));
    await api.ok('/v1/positions');
    api.world.parts.materializer.hold();
    await api.ok('/v1/events', { body: [account('A-1', { name: 'b' }), account('A-2')] });
    api.world.clock.advance(7_000);
    const held = {
      lagRecords: '2',
      lagSeconds: 7,
      state: 'held',
      label: 'stale',
      appliedThrough: '0',
      highWatermark: '3',
    };
    expect(await row('crm.accounts')).toMatchObject(held);
  });

  it('shows an idle partition as live and fresh', async () => {
    api.world.clock.advance(60_000);
    const idle = { appliedThrough: null, committed: null, highWatermark: '0', lagRecords: '0', state: 'live' };
    expect(await row('support.tickets')).toMatchObject({ ...idle, label: 'fresh', lagSeconds: 0 });
  });

  it('does not wait for a log that does not answer', async () => {
    await api.world.put(account('A-1'));
    api.world.log.ends = () => new Promise(() => {});
    expectProblem(await api.ask('/v1/positions'), 503, 'unreachable');
    const future = { consistency: { level: 'at_least', tokens: ['crm.accounts:0:99'], onViolation: 'refuse' } };
    expectProblem(await api.ask('/v1/context', { body: { account: 'A-1', ...future } }), 503, 'behind');
  });

  it('tells all but what has been committed when nobody tells that', async () => {
    await api.world.put(account('A-1'));
    api.world.log.committed = () => Promise.reject(new Error('no coordinator'));
    expect(await row('crm.accounts')).toMatchObject({ appliedThrough: '0', committed: null, highWatermark: '1' });
  });

  it('does not guess when the log cannot be reached', async () => {
    const log = api.world.log as unknown as { ends: unknown };
    log.ends = () => Promise.reject(new Error('customer text'));
    const heard = await api.ask('/v1/positions');
    expectProblem(heard, 503, 'unreachable');
    expect(heard.text + JSON.stringify(api.lines)).not.toContain('customer text');
  });
});

describe('POST /v1/tokens/merge', () => {
  it('keeps the larger offset of each partition', async () => {
    const one = await api.ok('/v1/events', { body: account('A-1') });
    const two = await api.ok('/v1/events', { body: [account('A-2'), ticket('T-1')] });
    const body = await api.ok('/v1/tokens/merge', { body: { tokens: [two.token, one.token, 'crm.accounts:0:7'] } });
    expect(body.through).toEqual({ 'crm.accounts': { '0': '7' }, 'support.tickets': { '0': '0' } });
    expect(await api.ok('/v1/tokens/merge', { body: { tokens: [body.token] } })).toEqual(body);
  });

  it('refuses none, too many and garbage', async () => {
    const merge = (tokens: unknown) => api.ask('/v1/tokens/merge', { body: { tokens } });
    expectProblem(await merge([]), 422, 'request_invalid');
    expectProblem(await merge(Array(33).fill('crm.accounts:0:1')), 422, 'request_invalid');
    expectProblem(await merge(['x']), 400, 'token_malformed');
  });
});

describe('health', () => {
  it('is live whatever the log does', async () => {
    const log = api.world.log as unknown as { ends: unknown };
    log.ends = () => Promise.reject(new Error('gone'));
    expect(await api.ok('/livez')).toEqual({ status: 'live' });
    const ready = await api.ask('/readyz');
    expect([ready.status, ready.body.status, member(ready.body, 'checks', 'log', 'ok')]).toEqual([
      503,
      'unreachable',
      false,
    ]);
  });

  it('tells empty from ready', async () => {
    expect(await api.ok('/readyz')).toMatchObject({ status: 'empty' });
    await api.world.put(account('A-1'));
    expect(await api.ok('/readyz')).toMatchObject({ status: 'ready', appliedRecords: '1', lagRecords: '0' });
  });

  it('is catching up until the first end of the log has been reached, and stays ready after it', async () => {
    await api.world.put(account('A-1'));
    const late = await ApiWorld.open({ log: api.world.log, clock: new DrivenClock() });
    late.world.parts.materializer.hold();
    const waiting = await late.ask('/readyz');
    expect([waiting.status, waiting.body.status, waiting.headers.get('retry-after')]).toEqual([
      503,
      'catching_up',
      '1',
    ]);
    late.world.parts.materializer.release();
    await late.world.settle();
    expect(await late.ok('/readyz')).toMatchObject({ status: 'ready' });
    late.world.parts.materializer.hold();
    await late.ok('/v1/events', { body: account('A-2') });
    expect(await late.ok('/readyz')).toMatchObject({ status: 'ready', lagRecords: '1' });
    await late.stop();
  });

  it('is not ready while it stops', async () => {
    const stopping = await ApiWorld.open({ stopping: AbortSignal.abort() });
    const heard = await stopping.ask('/readyz');
    expect([heard.status, heard.body.status]).toEqual([503, 'stopping']);
    await stopping.stop();
  });
});

describe('GET /metrics', () => {
  it('shows lag, age, outcomes, snapshots and durations, and no tenant data', async () => {
    await api.world.put(account('A-1'), ticket('T-1'));
    await api.world.produce(recordOf('account', 'secret-account', '{'));
    await api.ok('/v1/context', { body: { account: 'A-1' } });
    const { text } = await api.ask('/metrics');
    for (const line of [
      'tidemark_events{topic="crm.accounts",outcome="applied"} 1',
      'tidemark_events{topic="crm.accounts",outcome="rejected"} 1',
      'tidemark_lag_records{topic="crm.accounts",partition="0"} 0',
      'tidemark_freshness_age_seconds{topic="crm.accounts",partition="0"} 0',
      'tidemark_rejected_open 1',
      'tidemark_audit_records 1',
      'tidemark_snapshots_total{mode="context",outcome="released"} 1',
      'tidemark_http_request_duration_seconds_count{route="/v1/context",method="POST",status="200"} 1',
      'tidemark_build_info{version="0.1.0"',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toMatch(/A-1|T-1|secret-account|acme/);
  });
});
