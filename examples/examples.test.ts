/** Each example does what it shows, against the service itself, without sockets and without a model. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountsOf } from '../eval/streams/demo-world/accounts.js';
import type { ApiWorld } from '../src/api/world.test-support.js';
import { account, policy, ticket } from '../src/fixtures.test-support.js';
import { fetchFrom, openMcp } from '../src/mcp/mcp.test-support.js';
import { openPrompts } from '../src/prompts/folder.js';
import { agent } from './ai-sdk.mjs';
import { copilot } from './copilot-loop.mjs';
import { configured, home, toolsOf } from './mcp-host/list-tools.mjs';
import { asked as askedOf, troubleText } from './settings.mjs';

let api: ApiWorld;
beforeEach(async () => {
  api = await openMcp({ promptSet: await openPrompts(prompts) });
  await api.world.put(account('A-1'), ticket('T-1'), policy('P-1'));
});
afterEach(() => api.stop());

const entry = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
/** Starting a process takes seconds on a busy machine. */
const startsMs = 90_000;
const prompts = fileURLToPath(new URL('../prompts', import.meta.url));
const options = () => ({ url: 'http://tidemark.test', fetch: (request: Request) => api.app.fetch(request) });
const asked = { account: 'A-1', question: 'Can I have a refund?' };

describe('the copilot loop', () => {
  it('reads, calls its tool, proposes, and shows the trace with what is still to come', async () => {
    const { trace } = await copilot(options(), asked);
    expect(trace.hops.map(({ ref }) => ref)).toEqual(
      expect.arrayContaining(['task.started', 'tool.called', 'tool.returned', 'decision.proposed', 'task.finished']),
    );
    expect(trace.gaps.map(({ what }) => what)).toEqual(['decision.approved or decision.overridden']);
    expect(trace.hops.filter(({ stage }) => stage === 'prompt')).toHaveLength(1);
  });

  it('never hands a model what customers wrote as an instruction', async () => {
    const model = vi.fn(async () => ({ propose: 'Nothing.', why: 'It was only looked at.' }));
    await copilot(options(), asked, model);
    const [messages = []] = (model.mock.calls as unknown as { role: string; content: string }[][][])[0] ?? [];
    const holding = messages.filter(({ content }) => content.includes('ticket/T-1')).map(({ role }) => role);
    expect(holding).toEqual(['user']);
  });
});

describe("the AI SDK's tools", () => {
  it('refund once although the model asks twice, and the trace has no gap', async () => {
    const refund = vi.fn(async ({ order }: { order: string }) => ({ refunded: order }));
    const { text, results, decision } = await agent(options(), asked, { refund });
    expect(text).toBe('The order O-7 has been refunded.');
    expect(refund).toHaveBeenCalledTimes(1);
    expect(results.slice(1).map(({ output }) => output)).toEqual([
      { kind: 'acted', result: { refunded: 'O-7' } },
      { kind: 'duplicate', status: 'returned', result: { refunded: 'O-7' } },
    ]);
    const trace = await (await api.request(`/v1/decisions/${decision}/trace`)).json();
    expect(trace).toMatchObject({ complete: true, gaps: [] });
  });
});

describe("the MCP host's configuration", () => {
  const servers = configured({ TIDEMARK_URL: 'http://127.0.0.1:7420', TIDEMARK_KEY: 'tm_k', TIDEMARK_HOME: home });

  it('leads to the tools over HTTP', async () => {
    const http = servers['tidemark-http'];
    if (http === undefined) throw new Error('not configured');
    expect(await toolsOf(http, { fetch: fetchFrom(api) })).toEqual(
      expect.arrayContaining(['get_context', 'claim_tool_call', 'trace_decision']),
    );
  });

  it(
    'leads to the same tools through a pipe, by the command as it is built',
    { timeout: startsMs },
    async (context) => {
      context.skip(!existsSync(entry), 'dist is absent: npm run build makes it');
      const pipe = servers['tidemark-stdio'];
      if (pipe === undefined || !('command' in pipe)) throw new Error('not configured');
      const folder = mkdtempSync(join(tmpdir(), 'tidemark-host-'));
      const { args = [] } = pipe;
      expect([pipe.command, args[0]]).toEqual(['node', entry]);
      const env = { LOG_URL: `file:${folder}`, LOG_LEVEL: 'silent' };
      expect(await toolsOf({ command: process.execPath, args, env })).toContain('claim_tool_call');
      rmSync(folder, { recursive: true });
    },
  );
});

describe('an example that is run', () => {
  it('asks of an account that the demo loads, unless it is told another', () => {
    expect(accountsOf('northquay').map(({ id }) => id)).toContain(askedOf([]).account);
    expect(askedOf(['A-7', 'why?'])).toEqual({ account: 'A-7', question: 'why?' });
  });

  it('says what to start where nothing answers, in place of a stack', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const problem = await copilot({ ...options(), fetch, pause: async () => {} }, asked).catch((error) => error);
    const text = troubleText(problem);
    expect(text).toMatch(/^unreachable: .+npm run demo/s);
    expect(text).not.toContain('    at ');
  });
});
