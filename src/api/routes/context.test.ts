import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, entitlement, policy, ticket } from '../../fixtures.test-support.js';
import { ApiWorld, expectProblem, member } from '../world.test-support.js';

describe('POST /v1/context', () => {
  let api: ApiWorld;
  beforeEach(async () => {
    api = await ApiWorld.open();
    await api.world.put(account('A-1'), ticket('T-1'), entitlement('E-1'), policy('P-1'));
  });
  afterEach(() => api.stop());

  const ask = (body: unknown) => api.ask('/v1/context', { body });

  it('releases a snapshot of all four kinds when none is named', async () => {
    const { body, headers } = await ask({ account: 'A-1' });
    const refs = (body.items as { ref: string }[]).map(({ ref }) => ref);
    expect(refs).toEqual(['account/A-1', 'entitlement/E-1', 'ticket/T-1', 'policy/P-1']);
    expect(member(body, 'freshness', 'label')).toBe('fresh');
    expect(headers.get('etag')).toBe(`"${body.content}"`);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('records the purpose and the question, and keeps kinds in one order', async () => {
    const { body } = await ask({
      account: 'A-1',
      question: 'why?',
      purpose: 'support',
      kinds: ['ticket', 'account', 'ticket'],
    });
    expect(body).toMatchObject({ purpose: 'support', question: 'why?', kinds: ['account', 'ticket'] });
  });

  it.each([
    [{ prompts: 'p' }, '/prompts'],
    [{ consistency: { level: 'latest', foo: 1 } }, '/consistency/foo'],
  ])('refuses the unknown member of %j and names it', async (more, pointer) => {
    const body = expectProblem(await ask({ account: 'A-1', ...more }), 422, 'request_invalid');
    expect(body.errors).toEqual([{ in: 'body', pointer, detail: 'unknown member' }]);
  });

  it.each([
    [{}, '/account'],
    [{ account: 7 }, '/account'],
    [{ account: '' }, '/account'],
    [{ account: 'x'.repeat(513) }, '/account'],
    [{ account: 'A-1', question: '' }, '/question'],
    [{ account: 'A-1', question: 'x'.repeat(16_385) }, '/question'],
    [{ account: 'A-1', kinds: [] }, '/kinds'],
    [{ account: 'A-1', kinds: ['user'] }, '/kinds/0'],
    [{ account: 'A-1', tokenBudget: 0 }, '/tokenBudget'],
    [{ account: 'A-1', tokenBudget: 200_001 }, '/tokenBudget'],
    [{ account: 'A-1', consistency: { level: 'strong' } }, '/consistency/level'],
    [{ account: 'A-1', consistency: { level: 'at_least' } }, '/consistency/tokens'],
    [{ account: 'A-1', consistency: { deadlineMs: 30_001 } }, '/consistency/deadlineMs'],
    [[], ''],
    [null, ''],
  ])('refuses what is out of bounds in request %#', async (body, pointer) => {
    const problem = expectProblem(await ask(body), 422, 'request_invalid');
    expect(member(problem, 'errors', 0, 'pointer')).toBe(pointer);
  });

  it('answers 404 with the freshness of that answer for an unknown account', async () => {
    const body = expectProblem(await ask({ account: 'A-9' }), 404, 'account_not_found');
    expect(body).toMatchObject({
      accountStatus: 'unknown',
      freshness: { label: 'fresh' },
      token: expect.stringMatching(/^t1\./),
    });
    expect(JSON.stringify(body)).not.toContain('A-9');
  });

  it('answers 404 "deleted" for an account that was deleted', async () => {
    await api.world.put({ ...account('A-1'), id: 'gone', op: 'delete' });
    const body = expectProblem(await ask({ account: 'A-1' }), 404, 'account_not_found');
    expect(body.accountStatus).toBe('deleted');
  });

  it('passes a stamp, a token and the position of its audit record', async () => {
    const { body } = await ask({ account: 'A-1' });
    expect(body.audit).toEqual({ topic: 'copilot.context', partition: 0, offset: '0' });
    const merged = await api.ok('/v1/tokens/merge', { body: { tokens: [body.token] } });
    expect(merged.through).toEqual(member(body, 'stamp', 'through'));
  });
});

describe('POST /v1/search', () => {
  it('records what was asked, limits per kind and needs no account', async () => {
    const api = await ApiWorld.open();
    const body = await api.ok('/v1/search', { body: { question: 'refund', limit: 3 } });
    expect(body).toMatchObject({
      mode: 'search',
      account: null,
      kinds: ['policy'],
      limits: { policies: 3, tickets: 3 },
    });
    expectProblem(await api.ask('/v1/search', { body: { account: 'A-1' } }), 422, 'request_invalid');
    await api.stop();
  });
});
