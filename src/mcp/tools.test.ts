import type { Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiWorld } from '../api/world.test-support.js';
import type { JsonObject } from '../domain/canonical.js';
import { account, ticket } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { Asking } from './asking.js';
import { called, connected, openMcp } from './mcp.test-support.js';
import { toolNamed } from './tools/index.js';

const behindReply = {
  status: 503,
  headers: {},
  body: JSON.stringify({ code: 'behind', detail: 'late', advice: 'Claim with the id.', facts: { id: 'an-id' } }),
};

let api: ApiWorld;
let client: Client;
beforeEach(async () => {
  api = await openMcp();
  client = await connected(api, 'auto');
});
afterEach(() => api.stop());

describe('the tools', () => {
  it('are listed in the order in which an agent comes to need them, closed and with the shape of their results', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'describe_context',
      'get_context',
      'search_context',
      'check_snapshot',
      'replay_snapshot',
      'trace_decision',
      'claim_tool_call',
      'record_tool_outcome',
      'record_decision',
    ]);
    for (const { name, inputSchema, outputSchema, annotations, title, description } of tools) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object' });
      expect(annotations).toMatchObject({ openWorldHint: false, idempotentHint: name !== 'claim_tool_call' });
      expect(`${title} ${description}`).toMatch(/\w+ \w+/);
    }
  });

  it('get what a snapshot says, check it, replay it, and see it superseded', async () => {
    await api.world.put(account('A-1'));
    const { value } = await called(client, 'get_context', { account: 'A-1' });
    const snapshot = String(value.id);
    expect((await called(client, 'check_snapshot', { snapshot })).value).toMatchObject({ valid: true });
    expect((await called(client, 'replay_snapshot', { snapshot })).value).toMatchObject({ verdict: 'MATCH' });
    await api.world.put(ticket('T-1', { accountId: 'A-1' }));
    const later = await called(client, 'check_snapshot', { snapshot });
    expect(later.value).toMatchObject({ valid: false, supersededBy: { kind: 'event', ref: 'ticket/T-1' } });
    expect(later.provenance).toMatchObject({ snapshot, readiness: 'ready', token: later.value.token });
  });

  it('claim a call once, put a decision on record, and trace it', async () => {
    await api.world.put(account('A-1'));
    const { value } = await called(client, 'get_context', { account: 'A-1', correlationId: 'c-1' });
    const snapshots = [String(value.id)];
    const claim = { idempotencyKey: 'refund:1', tool: 'refund', snapshots, correlationId: 'c-1' };
    const outcomes = [await called(client, 'claim_tool_call', claim), await called(client, 'claim_tool_call', claim)];
    expect(outcomes.map((one) => one.value.outcome ?? one.texts)).toEqual(['proceed', 'duplicate']);
    const proposal = { stage: 'proposed', decision: 'd-1', action: 'refund', snapshots, correlationId: 'c-1' };
    const recorded = [
      await called(client, 'record_decision', proposal),
      await called(client, 'record_decision', proposal),
    ];
    expect(recorded.map((one) => one.value.status ?? one.texts)).toEqual(['appended', 'duplicate']);
    const traced = await called(client, 'trace_decision', { decision: 'd-1' });
    expect(traced.value.id ?? traced.texts).toBe('d-1');
  });

  it('say what came of a call, which the next claim of its key is told', async () => {
    const claim = { idempotencyKey: 'refund:1', tool: 'refund' };
    const { id } = (await called(client, 'claim_tool_call', claim)).value;
    const outcome = { outcome: 'returned', idempotencyKey: 'refund:1', result: { paid: '49.00' }, claim: id };
    const recorded = [
      await called(client, 'record_tool_outcome', outcome),
      await called(client, 'record_tool_outcome', outcome),
    ];
    expect(recorded.map((one) => one.value.status ?? one.texts)).toEqual(['appended', 'duplicate']);
    const later = await called(client, 'claim_tool_call', claim);
    expect(later.value.first).toMatchObject({ status: 'returned', result: { paid: '49.00' } });
  });

  it('say that a call failed, and keep a large result by its hash', async () => {
    for (const idempotencyKey of ['a', 'b'])
      await called(client, 'claim_tool_call', { idempotencyKey, tool: 'refund' });
    const error = { code: 'declined', message: 'no' };
    await called(client, 'record_tool_outcome', { outcome: 'failed', idempotencyKey: 'a', error, retriable: false });
    const result = 'x'.repeat(limits.claimArgumentsBytesMax);
    await called(client, 'record_tool_outcome', { outcome: 'returned', idempotencyKey: 'b', result });
    const [a, b] = [
      await called(client, 'claim_tool_call', { idempotencyKey: 'a', tool: 'refund' }),
      await called(client, 'claim_tool_call', { idempotencyKey: 'b', tool: 'refund' }),
    ];
    expect(a.value.first).toMatchObject({ status: 'failed', error, retriable: false });
    expect(b.value.first).toMatchObject({ status: 'returned', resultRef: { bytes: result.length + 2 } });
  });

  it.each([
    ['/error: required with failed', { outcome: 'failed' }],
    ['/result: does not belong to failed', { outcome: 'failed', error: {}, result: 1 }],
    ['/retriable: does not belong to returned', { outcome: 'returned', retriable: true }],
    [
      '/resultRef: beside result',
      { outcome: 'returned', result: 1, resultRef: { hash: `sha256-${'0'.repeat(64)}`, bytes: 1 } },
    ],
    ['/resultRef/hash: not sha256', { outcome: 'returned', resultRef: { hash: 'x', bytes: 1 } }],
    ['/id: unknown member', { outcome: 'returned', id: 'mine' }],
  ])('refuse an outcome with %s', async (fault, members) => {
    const { texts, problem } = await called(client, 'record_tool_outcome', { idempotencyKey: 'k', ...members });
    expect([problem.code, texts[0]]).toEqual(['request_invalid', expect.stringContaining(fault)]);
  });

  it('take no id for a claim: who claims again was not first, whatever it says', async () => {
    const claim = { idempotencyKey: 'refund:1', tool: 'refund' };
    const named = await called(client, 'claim_tool_call', { ...claim, id: 'mine' });
    expect(named.problem.code).toBe('request_invalid');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => called(client, 'claim_tool_call', claim)));
    expect(outcomes.map((one) => one.value.outcome).sort()).toEqual([...Array(7).fill('duplicate'), 'proceed']);
  });

  it('ask once more for the answer to a claim, under the id it was made with, and then say not to act', async () => {
    const ids: unknown[] = [];
    const lost = new Asking(async ({ path, body }) => {
      if (path === '/v1/claims') ids.push((body as JsonObject).id);
      return behindReply;
    }, {});
    const outcome = await toolNamed('claim_tool_call')?.call({ idempotencyKey: 'k', tool: 'refund' }, lost);
    expect(outcome).toMatchObject({ kind: 'refused', problem: { advice: expect.stringMatching(/^Do not act[.]/) } });
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    expect(JSON.stringify(outcome)).not.toContain('an-id');
  });

  it('take the prompt of a snapshot’s stamp as it is, and keep which one it was', async () => {
    await api.world.put(account('A-1'));
    const { value } = await called(client, 'get_context', { account: 'A-1' });
    const prompt = { id: 'answer', version: '2', hash: `sha256-${'a'.repeat(64)}` };
    const proposal = { stage: 'proposed', decision: 'd-1', action: 'refund', snapshots: [value.id] };
    const stamped = { ...prompt, input: 'sha256-x', renderer: 'r-1' };
    const recorded = await called(client, 'record_decision', { ...proposal, prompt: stamped });
    expect(recorded.value.status ?? recorded.texts).toBe('appended');
    expect(await called(client, 'record_decision', { ...proposal, prompt })).toMatchObject({
      value: { status: 'duplicate' },
    });
  });

  it('render a prompt over the context where one is named, and refuse one that nobody has', async () => {
    await api.world.put(account('A-1'));
    const { problem } = await called(client, 'get_context', { account: 'A-1', prompt: 'no_such_prompt' });
    expect(JSON.stringify(problem.errors)).toContain('/prompt');
    expect(JSON.stringify(problem.errors)).toContain('no such prompt');
  });

  it.each([
    ['check_snapshot', { snapshot: '\ud800' }],
    ['trace_decision', { decision: 'd\udfff' }],
  ])('refuse half a character as an id: %s', async (name, args) => {
    const nobody = new Asking(() => Promise.reject(new Error('nobody is to be asked for the answer')), {});
    const outcome = await toolNamed(name)?.call(args, nobody);
    expect(outcome).toMatchObject({ kind: 'refused', problem: { code: 'request_invalid' } });
  });

  it('say whether claims can be answered, apart from what is known of the business', async () => {
    expect((await called(client, 'describe_context')).value.claims).toMatchObject({ readiness: 'ready' });
    vi.spyOn(api.service.ledger, 'unread').mockReturnValue(3n);
    const { claims, readiness } = (await called(client, 'describe_context')).value;
    expect([claims, readiness]).toEqual([
      { readiness: 'loading', detail: expect.stringMatching(/^3 records/) },
      'ready',
    ]);
    vi.restoreAllMocks();
  });

  it('record for the interaction that the request names', async () => {
    const named = await connected(api, 'auto', { 'correlation-id': 'c-7' });
    const executed = { stage: 'executed', decision: 'd-1' };
    await called(named, 'record_decision', executed);
    const again = await called(client, 'record_decision', { ...executed, correlationId: 'c-7' });
    expect(again.value.status ?? again.texts).toBe('duplicate');
  });

  it('record no word of a person, and nothing that is of another stage', async () => {
    const approved = await called(client, 'record_decision', { stage: 'approved', decision: 'd-1' });
    expect(approved.problem.code).toBe('request_invalid');
    const mixed = await called(client, 'record_decision', { stage: 'executed', decision: 'd-1', reason: 'x' });
    expect(mixed.texts[0]).toContain('/reason: does not belong to executed');
  });
});
