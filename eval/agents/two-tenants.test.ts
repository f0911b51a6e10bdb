/** Two tenants with the same ids (P7) at the second door: every tool, resource and prompt, with what the other tenant has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical.js';
import { type Mode, modes } from '../../src/mcp/mcp.test-support.js';
import type { Flow } from '../flow/service.test-support.js';
import {
  type Known,
  openTwoTenants,
  otherOf,
  question,
  sharedAccount,
  sharedDecision,
  sharedKey,
  sharedWordsOf,
  wordsOf,
} from '../flow/two-tenants.test-support.js';
import { type Tenant, tenants } from '../streams/demo-world/index.js';
import { McpCaller, type Offered } from './doors.test-support.js';

let flow: Flow;
let known: Readonly<Record<Tenant, Known>>;
beforeAll(async () => {
  ({ flow, known } = await openTwoTenants());
});
afterAll(() => flow.stop());

/** What nobody has. */
const nowhere: Known = {
  ...{ snapshot: `sha256-${'0'.repeat(64)}`, search: `sha256-${'1'.repeat(64)}`, rejected: '', token: '' },
  ...{ decision: 'D-0000', keys: ['credit:0000-0', 'credit:0000-1'] },
};

type Args = readonly [name: string, args: JsonObject];

/** Calls that name something only `target` has, if anybody; `turn` tells apart calls that leave a record. */
function foreignCalls(target: Known, turn: number): readonly Args[] {
  const { snapshot, search, decision, keys } = target;
  const key = keys[turn] ?? '';
  const proposed = { stage: 'proposed', action: 'credit' };
  return [
    ...[snapshot, search].flatMap((id): readonly Args[] => [
      ['check_snapshot', { snapshot: id }],
      ['replay_snapshot', { snapshot: id }],
      ['record_decision', { ...proposed, decision: 'D-mine', snapshots: [id] }],
      ['claim_tool_call', { idempotencyKey: 'credit:mine', tool: 'credit', snapshots: [id] }],
    ]),
    ['trace_decision', { decision }],
    // Free for whoever has not used it, whatever came of it elsewhere.
    ['claim_tool_call', { idempotencyKey: key, tool: 'credit' }],
  ];
}

/** Comes back as it was asked. */
function searchedFor(target: Tenant): string {
  return `${question} ${wordsOf(target).join(' ')}`.slice(0, 1_000);
}

/** Calls of every tool about what both have, and about what `target` has. */
function allCalls(target: Tenant, turn: number): readonly Args[] {
  const { token, snapshot } = known[target];
  const account = sharedAccount;
  return [
    ['describe_context', {}],
    ['get_context', { account, question, tokenBudget: 100_000 }],
    ['get_context', { account, consistency: { level: 'at_least', tokens: [token] } }],
    ['search_context', { question: searchedFor(target), limit: 100 }],
    ['search_context', { question, account, consistency: { level: 'at_least', tokens: [token] } }],
    ['check_snapshot', { snapshot, tokens: [token] }],
    ['trace_decision', { decision: sharedDecision }],
    ['claim_tool_call', { idempotencyKey: sharedKey, tool: 'credit' }],
    ['record_tool_outcome', { outcome: 'returned', idempotencyKey: sharedKey, result: 1, claim: `turn-${turn}` }],
    ['record_decision', { stage: 'executed', decision: sharedDecision, toolCalls: known[target].keys.slice(0, 1) }],
    ...foreignCalls(known[target], turn),
  ];
}

/** With the ids it was asked about taken out: what remains must not tell theirs from anybody's. */
function masked(text: string, { snapshot, search, decision, keys }: Known): string {
  return [snapshot, search, decision, ...keys].reduce((left, id) => left.replaceAll(id, 'ID'), text);
}

const cases = tenants.flatMap((caller, t) =>
  modes.map((mode, m) => ({ caller, other: otherOf[caller], mode, turn: 2 * m + t })),
);

describe.each(cases)('a client of $caller in mode $mode', ({ caller, other, mode, turn }) => {
  let client: McpCaller;
  let offered: Offered;
  const open = (name: Tenant, how: Mode) => McpCaller.open(flow, name, how);
  beforeAll(async () => {
    client = await open(caller, mode);
    offered = await client.offered();
  });

  it('is told of what the other has as of what nobody has', async () => {
    const heard: string[][] = [];
    for (const target of [known[other], { ...nowhere, keys: known[other].keys.map((_, n) => `credit:0000-${n}`) }]) {
      const answers: string[] = [];
      for (const [name, args] of foreignCalls(target, turn)) {
        const { isError, problem, value, texts } = await client.call(name, args);
        const outcome = isError ? texts.join() : `${value.outcome}`;
        answers.push(masked(`${name} ${problem.code ?? ''} ${outcome}`, target));
      }
      for (const id of [target.snapshot, target.search]) {
        const { text, code } = await client.read(`snapshot://${id}`);
        answers.push(masked(`${code} ${text}`, target));
      }
      heard.push(answers);
    }
    const [foreign, unknown] = heard;
    expect(foreign).toEqual(unknown);
    expect(foreign?.filter((answer) => answer.startsWith('claim_tool_call  proceed'))).toHaveLength(1);
    expect(foreign?.filter((answer) => /_not_found|event_rejected|not found/.test(answer))).toHaveLength(11);
  });

  it('hears nothing of the other in any byte, whatever it asks for', async () => {
    client.heard.length = 0;
    const calls = [...allCalls(other, turn), ...allCalls(caller, turn)];
    expect([...new Set(calls.map(([name]) => name))].sort()).toEqual([...offered.tools].sort());
    for (const [name, args] of calls) await client.call(name, args);
    expect(offered.templates).toEqual(['snapshot', 'account']);
    const ids = [known[other], known[caller]].flatMap(({ snapshot, search }) => [snapshot, search]);
    for (const id of ids) await client.read(`snapshot://${id}`);
    await client.read(`account://${sharedAccount}`);
    for (const { name, inputs } of offered.prompts) {
      await client.prompt(name, {
        account: sharedAccount,
        ...Object.fromEntries(inputs.map((one) => [one, 'T-1001'])),
        question,
      });
    }
    const asked = [searchedFor(other), searchedFor(caller)];
    const all = asked.reduce((left, text) => left.replaceAll(text, ''), client.heard.join('\n'));
    expect(wordsOf(other).filter((word) => all.includes(word))).toEqual([]);
    // It hears its own words by the same calls, so silence means something.
    expect(sharedWordsOf(caller).filter((word) => !all.includes(word))).toEqual([]);
  });
});
