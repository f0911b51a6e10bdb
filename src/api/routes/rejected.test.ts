import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeToken } from '../../domain/token.js';
import { account, patch, recordOf, tenant, ticket } from '../../fixtures.test-support.js';
import { interaction, interactionRecord } from '../../interaction/claim.test-support.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

const id = 'support.tickets:0:0';
const path = (rest = '') => `/v1/rejected/${id}${rest}`;

let api: ApiWorld;
beforeEach(async () => {
  api = await ApiWorld.open();
  await api.world.put(account('A-1'));
});
afterEach(() => api.stop());

describe('GET /v1/rejected', () => {
  it('lists the newest first, with the reason and what to do', async () => {
    await api.world.produce(recordOf('ticket', 'T-1', '{"broken'), recordOf('ticket', 'T-2', '[]'));
    const { rejected, total } = await api.ok('/v1/rejected');
    expect(total).toBe(2);
    expect(rejected).toMatchObject([
      { id: 'support.tickets:0:1', reason: 'not_a_cloudevent', concern: { tenant: 'acme', ref: 'ticket/T-2' } },
      { id, reason: 'not_json', advice: expect.stringMatching(/./), status: 'open', blocking: true },
    ]);
  });

  it('filters by status and comes in pages', async () => {
    const broken = ['a', 'b', 'c'].map((name) => recordOf('ticket', name, '{'));
    await api.world.produce(...broken);
    await api.ok('/v1/rejected/support.tickets:0:1/discard', { method: 'POST' });
    await api.world.settle();
    const open = await api.ok('/v1/rejected?status=open&limit=1');
    expect(open).toMatchObject({
      total: 2,
      rejected: [{ id: 'support.tickets:0:2' }],
      nextAfter: 'support.tickets:0:2',
    });
    const next = await api.ok(`/v1/rejected?status=open&limit=1&after=${open.nextAfter}`);
    expect(next).toMatchObject({ rejected: [{ id }], nextAfter: null });
    expect(await api.ok('/v1/rejected?status=discarded')).toMatchObject({
      rejected: [{ decidedAt: 'copilot.rejected:0:3' }],
    });
    expectProblem(await api.ask('/v1/rejected?status=lost'), 422, 'request_invalid');
    expectProblem(await api.ask('/v1/rejected?after=x'), 422, 'request_invalid');
  });

  it('shows one that a newer full state has replaced as no longer blocking', async () => {
    await api.world.produce(recordOf('ticket', 'T-1', '{'));
    await api.world.put(ticket('T-1'));
    expect(await api.ok(path())).toMatchObject({ status: 'open', blocking: false });
  });
});

describe('GET /v1/rejected/{id}', () => {
  it('gives key, headers and value as they were: text where it is text, else base64', async () => {
    const record = recordOf('ticket', 'T-1', '{"broken');
    const headers = [['x', Uint8Array.of(0xff)]] as const;
    await api.world.produce({ ...record, headers });
    const { record: kept } = await api.ok(path());
    expect(kept).toEqual({
      key: { text: 'acme/T-1' },
      value: { text: '{"broken' },
      headers: [{ name: 'x', value: { base64: '/w==' } }],
    });
  });

  it.each(['support.tickets:0:9', 'nonsense', 'a:b:c'])('knows no rejected event %s', async (unknown) => {
    for (const [rest, method] of [
      ['', 'GET'],
      ['/redrive', 'POST'],
      ['/discard', 'POST'],
    ] as const) {
      expectProblem(await api.ask(`/v1/rejected/${unknown}${rest}`, { method }), 404, 'rejected_not_found');
    }
  });
});

describe('POST /v1/rejected/{id}/redrive', () => {
  const repaired = { json: { ...ticket('T-1'), subject: 'T-1' } };

  beforeEach(async () => {
    await api.world.produce(
      recordOf('ticket', 'T-1', '{"broken'),
      recordOf('ticket', 'T-1', patch('ticket', 'T-1', { status: 'closed' })),
    );
  });

  it('shows in a dry run what would change, and changes nothing', async () => {
    const { preview, decision } = await api.ok(path('/redrive'), { body: { dryRun: true, repaired } });
    expect(decision).toBeNull();
    expect(preview).toMatchObject({ before: null, after: { ref: 'ticket/T-1', value: { status: 'closed' } } });
    expect(member(preview as never, 'outcomes')).toEqual([
      { position: 'support.tickets:0:0', before: 'rejected', after: 'applied' },
      { position: 'support.tickets:0:1', before: 'rejected', after: 'applied' },
    ]);
    expect(await api.ok(path())).toMatchObject({ status: 'open', blocking: true });
  });

  it('takes effect in the original place, at the token it answers with', async () => {
    const { token, decision } = await api.ok(path('/redrive'), { body: { repaired } });
    expect(decision).toBe('copilot.rejected:0:2');
    await api.world.settle();
    const body = await api.ok(`/v1/accounts/A-1?token=${token}`);
    expect(member(body, 'members', 0)).toMatchObject({ ref: 'ticket/T-1', value: { status: 'closed' } });
    expect(member(body, 'freshness', 'label')).toBe('fresh');
    expect(member(await api.ok('/v1/positions'), 'totals', 'addsUp')).toBe(true);
  });

  it('answers with a token of the record too: until that is folded, by whomever, the decision does not show', async () => {
    const { token } = await api.ok(path('/redrive'), { body: { repaired } });
    const named = decodeToken(api.service.identity, String(token));
    expect(Object.fromEntries(named)).toEqual({ 'copilot.rejected:0': 2n, 'support.tickets:0': 0n });
  });

  it('takes repaired bytes as base64 too', async () => {
    const base64 = Buffer.from(JSON.stringify(repaired.json)).toString('base64');
    expect(await api.ok(path('/redrive'), { body: { dryRun: true, repaired: { base64 } } })).toMatchObject({
      dryRun: true,
    });
  });

  it.each([
    ['the bytes as they were', {}, 'still_rejected'],
    ['bytes that are broken too', { repaired: { json: [] } }, 'still_rejected'],
    ['an event about another entity', { repaired: { json: ticket('T-9') } }, 'other_key'],
  ])('refuses %s and changes nothing', async (_, body, why) => {
    const problem = expectProblem(await api.ask(path('/redrive'), { body }), 409, 'redrive_impossible');
    expect(member(problem, 'facts', 'why')).toBe(why);
    expect(await api.ok(path())).toMatchObject({ status: 'open', decidedAt: null });
  });

  it.each([
    ['tool', 'tool.called', { tool: 'refund' }],
    ['decision', 'decision.approved', { by: 'ada' }],
  ] as const)(
    'refuses an interaction event about a %s, which stays out of claims and traces',
    async (kind, type, data) => {
      const sound = interaction(type, 'key-1', '1', { data });
      await api.world.produce({ ...interactionRecord(kind, sound), value: Buffer.from('{') });
      const at = `/v1/rejected/copilot.${kind}:0:0`;
      const body = { repaired: { json: sound } };
      const problem = expectProblem(await api.ask(`${at}/redrive`, { body }), 409, 'redrive_impossible');
      expect(member(problem, 'facts', 'why')).toBe('interaction');
      await api.ok(`${at}/discard`, { body: {} });
      expect(api.service.ledger.claimOf(tenant, 'key-1')).toBeUndefined();
    },
  );

  it('refuses a second decision once one is in effect', async () => {
    await api.ok(path('/redrive'), { body: { repaired } });
    await api.world.settle();
    expectProblem(await api.ask(path('/redrive'), { body: { repaired } }), 409, 'already_decided');
    expectProblem(await api.ask(path('/discard'), { method: 'POST' }), 409, 'already_decided');
  });

  it.each([{ repaired: {} }, { repaired: { base64: '!' } }, { repaired: { json: 1, base64: '' } }, { force: true }])(
    'refuses the request %j',
    async (body) => {
      expectProblem(await api.ask(path('/redrive'), { body }), 422, 'request_invalid');
    },
  );
});

describe('POST /v1/rejected/{id}/discard', () => {
  it('lifts the mark, and a later redrive is still possible', async () => {
    await api.world.produce(recordOf('ticket', 'T-1', '{"broken'));
    expect(await api.ok(path('/discard'), { body: {} })).toMatchObject({ decision: 'copilot.rejected:0:1' });
    await api.world.settle();
    expect(await api.ok(path())).toMatchObject({ status: 'discarded', blocking: false });
    await api.ok(path('/redrive'), { body: { repaired: { json: ticket('T-1') } } });
    await api.world.settle();
    expect(member(await api.ok('/v1/accounts/A-1'), 'members', 0, 'ref')).toBe('ticket/T-1');
  });
});
