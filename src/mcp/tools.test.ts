import type { Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiWorld } from '../api/world.test-support.js';
import { account, ticket } from '../fixtures.test-support.js';
import { called, connected, openMcp } from './mcp.test-support.js';

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
      'record_decision',
    ]);
    for (const { inputSchema, outputSchema, annotations, title, description } of tools) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object' });
      expect(annotations).toMatchObject({ openWorldHint: false, idempotentHint: true });
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

  it('record no word of a person, and nothing that is of another stage', async () => {
    const approved = await called(client, 'record_decision', { stage: 'approved', decision: 'd-1' });
    expect(approved.problem.code).toBe('request_invalid');
    const mixed = await called(client, 'record_decision', { stage: 'executed', decision: 'd-1', reason: 'x' });
    expect(mixed.texts[0]).toContain('/reason: does not belong to executed');
  });
});
