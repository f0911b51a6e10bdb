import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey, keyAuthentication, type Scope, scopes } from '../api/auth.js';
import type { ApiWorld } from '../api/world.test-support.js';
import type { JsonObject } from '../domain/canonical.js';
import { account, tenant } from '../fixtures.test-support.js';
import { called, connected, modes, openMcp } from './mcp.test-support.js';
import { tools } from './tools/index.js';

const nowhere = `sha256-${'0'.repeat(64)}`;
/** A call of each tool that is wrong in nothing, and what it takes. */
const calls: Readonly<Record<string, readonly [needs: Scope, args: JsonObject]>> = {
  describe_context: ['read', {}],
  get_context: ['read', { account: 'A-1' }],
  search_context: ['read', { question: 'refund?' }],
  check_snapshot: ['read', { snapshot: nowhere }],
  replay_snapshot: ['read', { snapshot: nowhere }],
  trace_decision: ['read', { decision: 'D-1' }],
  claim_tool_call: ['write', { idempotencyKey: 'k', tool: 'refund' }],
  record_tool_outcome: ['write', { outcome: 'returned', idempotencyKey: 'k' }],
  record_decision: ['write', { stage: 'executed', decision: 'D-1' }],
};

/** One key for each scope alone, and one for all but it. */
const keys = scopes.flatMap((scope) => [
  { id: `only-${scope}`, tenant, sha256: hashKey(`only-${scope}`), scopes: [scope] },
  { id: `but-${scope}`, tenant, sha256: hashKey(`but-${scope}`), scopes: scopes.filter((other) => other !== scope) },
]);

let api: ApiWorld;
beforeAll(async () => {
  api = await openMcp({ auth: keyAuthentication({ keys }) });
  await api.world.put(account('A-1'));
});
afterAll(() => api.stop());

const client = (key: string, mode: (typeof modes)[number]) => connected(api, mode, { authorization: `Bearer ${key}` });

it('there is a call of every tool', () => {
  expect(Object.keys(calls).sort()).toEqual(tools.map(({ name }) => name).sort());
});

describe.each(modes)('a client in mode %s', (mode) => {
  it.each(Object.entries(calls))(
    'is refused %s without the scope it takes, and not for want of another',
    async (name, call) => {
      const [needs, args] = call;
      const [without, only] = [await client(`but-${needs}`, mode), await client(`only-${needs}`, mode)];
      const refused = await called(without, name, args);
      expect([refused.isError, refused.problem.code, (refused.problem.facts as JsonObject).scope]).toEqual([
        true,
        'forbidden',
        needs,
      ]);
      expect((await called(only, name, args)).problem.code).not.toBe('forbidden');
    },
  );

  it('is refused resources without scope read', async () => {
    const without = await client('but-read', mode);
    for (const uri of [`snapshot://${nowhere}`, 'account://A-1']) {
      await expect(without.readResource({ uri })).rejects.toThrow(/^forbidden: /);
    }
  });
});
