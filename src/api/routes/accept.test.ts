import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PartitionKey } from '../../domain/position.js';
import { account, DrivenClock, ticket } from '../../fixtures.test-support.js';
import { limits } from '../../limits.js';
import { acceptable, type PartitionTrouble } from '../../log/trouble.js';
import { TroubledLog } from '../../troubled-log.test-support.js';
import { hashKey, keyAuthentication } from '../auth.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

const tickets: PartitionKey = 'support.tickets:0';
const gap: PartitionTrouble = { kind: 'gap', from: 1n, to: 9n };
let api: ApiWorld;
let log: TroubledLog;
beforeEach(async () => {
  const clock = new DrivenClock('rushing');
  log = new TroubledLog(clock);
  api = await ApiWorld.open({ clock, log, accepting: log });
  await api.world.put(account('A-1'), ticket('T-1'));
});
afterEach(() => api.stop());

const accept = (partition: string, body: object) => {
  return { path: `/v1/positions/${partition.replace(':', '/')}/accept`, asked: { body } };
};
const ask = (partition: string, body: object) => api.ask(accept(partition, body).path, accept(partition, body).asked);
const rows = async () => (await api.ok('/v1/positions')).partitions as Record<string, unknown>[];
const rowOf = async (topic: string, partition = 0) =>
  (await rows()).find((one) => one.topic === topic && one.partition === partition);

describe('POST /v1/positions/{topic}/{partition}/accept', () => {
  it('lets reading go on, says what that means, and names the credential in the log', async () => {
    log.found.set(tickets, gap);
    const { path, asked } = accept(tickets, { kind: 'gap' });
    expect(await api.ok(path, asked)).toEqual({ effect: 'now', meaning: acceptable.gap });
    expect(log.troubles.size).toBe(0);
    const line = { credential: 'none', partition: tickets, kind: 'gap', effect: 'now' };
    expect(api.lines).toContainEqual(expect.objectContaining(line));
  });

  it('says when it takes a start to take effect', async () => {
    log.found.set(tickets, { kind: 'truncated', from: 1n });
    const { path, asked } = accept(tickets, { kind: 'truncated' });
    expect(await api.ok(path, asked)).toEqual({ effect: 'at_next_start', meaning: acceptable.truncated });
  });

  it('accepts nothing but the trouble that is there', async () => {
    log.found.set(tickets, gap);
    expectProblem(await ask(tickets, { kind: 'truncated' }), 409, 'nothing_to_accept');
    expectProblem(await ask('crm.accounts:0', { kind: 'gap' }), 409, 'nothing_to_accept');
    expect(log.troubles.size).toBe(1);
  });

  it('accepts what was seen and not what has come of it since', async () => {
    log.found.set(tickets, gap);
    const accepting = vi.spyOn(log, 'accept');
    const { path, asked } = accept(tickets, { kind: 'gap', facts: { from: '1', to: '9' } });
    await api.ok(path, asked);
    expect(accepting).toHaveBeenCalledWith(tickets, 'gap', { from: '1', to: '9' });
  });

  it('has nothing to accept of a log that has its records to itself', async () => {
    const embedded = await ApiWorld.open();
    const { path, asked } = accept(tickets, { kind: 'gap' });
    expect(expectProblem(await embedded.ask(path, asked), 409, 'nothing_to_accept').facts).toEqual({ trouble: 'none' });
    await embedded.stop();
  });

  it.each([
    ['support.tickets:x', { kind: 'gap' }, 422, 'request_invalid'],
    ['support.tickets:0', { kind: 'blocked_at_lso' }, 422, 'request_invalid'],
    ['support.tickets:0', {}, 422, 'request_invalid'],
    ['no.such.topic:0', { kind: 'gap' }, 404, 'route_not_found'],
  ])('refuses %s %o', async (partition, body, status, code) => {
    expectProblem(await ask(partition, body), status, code);
  });

  it('is for operators: it concerns every tenant', async () => {
    const grant = (id: string, operator: boolean) =>
      ({ id, sha256: hashKey(id), tenant: 'acme', scopes: ['operate'], operator }) as const;
    const keys = { keys: [grant('tenant', false), grant('operator', true)] };
    const own = await ApiWorld.open({ auth: keyAuthentication(keys), log, accepting: log });
    log.found.set(tickets, gap);
    const { path, asked } = accept(tickets, { kind: 'gap' });
    const as = (key: string) => own.ask(path, { ...asked, headers: { authorization: `Bearer ${key}` } });
    expectProblem(await as('tenant'), 403, 'forbidden');
    expect((await as('operator')).status).toBe(200);
    await own.stop();
  });
});

describe('a partition in trouble', () => {
  it('is shown with what it is and what accepting it would do, and others are as they were', async () => {
    log.found.set(tickets, gap).set('crm.accounts:7', { kind: 'new_partition', partitions: 8 });
    const facts = { from: '1', to: '9' };
    const trouble = { kind: 'gap', facts, whenAccepted: acceptable.gap };
    expect(await rowOf('support.tickets')).toMatchObject({ label: 'gap', trouble });
    expect(await rowOf('crm.accounts')).toMatchObject({ label: 'fresh', trouble: null });
    expect(await rowOf('crm.accounts', 7)).toMatchObject({
      label: 'unknown',
      trouble: { kind: 'new_partition', facts: { partitions: '8' } },
    });
  });

  it('that only time can help offers nothing to accept', async () => {
    log.found.set(tickets, { kind: 'blocked_at_lso', readableEnd: 1n });
    const trouble = { kind: 'blocked_at_lso', facts: { readableEnd: '1' }, whenAccepted: null };
    expect(await rowOf('support.tickets')).toMatchObject({ label: 'fresh', trouble });
  });

  it('degrades the service, which stays ready and names no topic to the world', async () => {
    log.found.set(tickets, gap).set('crm.accounts:7', { kind: 'new_partition', partitions: 8 });
    const ready = await api.ok('/readyz');
    expect(ready.status).toBe('degraded');
    const detail = 'gap: 1, new_partition: 1; GET /v1/positions names them';
    expect(member(ready, 'checks', 'partitions')).toEqual({ ok: false, detail });
    log.found.clear();
    api.world.clock.advance(limits.witnessFreshMs);
    expect(await api.ok('/readyz')).toMatchObject({ status: 'ready', checks: { partitions: { ok: true } } });
  });

  it('degrades it by an open transaction only once that is old', async () => {
    await api.ok('/readyz');
    log.found.set(tickets, { kind: 'blocked_at_lso', readableEnd: 1n });
    expect(await api.ok('/readyz')).toMatchObject({ status: 'ready' });
    log.ends = async () => new Map([...(await TroubledLog.prototype.ends.call(log)), [tickets, 2n]]);
    api.world.clock.advance(limits.maxStalenessMsDefault + 1);
    expect(await api.ok('/readyz')).toMatchObject({ status: 'degraded' });
  });

  it('keeps a start from being ready only until all before it is applied', async () => {
    log.found.set(tickets, gap);
    const late = await ApiWorld.open({ log, clock: new DrivenClock() });
    late.world.parts.materializer.hold();
    await vi.waitFor(async () => expect((await late.ask('/readyz')).body.status).toBe('catching_up'));
    late.world.parts.materializer.release();
    await late.world.settle();
    expect(await late.ok('/readyz')).toMatchObject({ status: 'degraded' });
    await late.stop();
  });

  it('is a metric while it lasts', async () => {
    const series = 'tidemark_partition_trouble{topic="support.tickets",partition="0",kind="gap"} 1';
    log.found.set(tickets, gap);
    expect((await api.ask('/metrics')).text).toContain(series);
    log.found.clear();
    expect((await api.ask('/metrics')).text).not.toContain('tidemark_partition_trouble{');
  });

  it('refuses at once who would not be answered so, and says why', async () => {
    log.found.set(tickets, gap);
    const { token } = await api.ok('/v1/events', { body: account('A-1', { name: 'b' }) });
    await api.world.settle();
    const consistency = { level: 'at_least', tokens: [token] };
    const heard = await api.ask('/v1/context', { body: { account: 'A-1', consistency } });
    const body = expectProblem(heard, 503, 'stale');
    expect(body.facts).toMatchObject({ waitedMs: 0, troubles: ['support.tickets:0 gap'] });
    expect(body.advice).toContain('/v1/positions');
    expectProblem(await api.ask(`/v1/accounts/A-1?token=${token}`), 503, 'stale');
  });

  it('is in the freshness of an answer, and of what cannot be said not to be there', async () => {
    log.found.set(tickets, { kind: 'recreated', was: 'x', is: 'y' });
    const found = await api.ok('/v1/context', { body: { account: 'A-1' } });
    const missing = expectProblem(await api.ask('/v1/context', { body: { account: 'A-9' } }), 503, 'behind');
    for (const one of [found, missing, await api.ok('/v1/accounts/A-1')]) {
      expect(one.freshness).toMatchObject({ label: 'unknown' });
      const told = member(one, 'freshness', 'reasons');
      expect(told).toContainEqual({ code: 'recreated', partition: tickets, was: 'x', is: 'y' });
    }
  });
});
