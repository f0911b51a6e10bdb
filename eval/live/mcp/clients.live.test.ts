/** Hosts as others wrote them: the client of the second SDK in both its modes, that of the first, and the inspector's command line. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  endAll,
  ensureBuilt,
  entry,
  removeFolder,
  Server,
  scratchFolder,
} from '../../processes/server.test-support.js';
import { stepsOn } from '../services/steps.js';
import { runTool } from '../services/tools.js';
import { type Host, newClient, type Over, oldClient } from './clients.test-support.js';
import { type McpPeers, mcpPeersOr } from './peers.js';

const peers = await mcpPeersOr(stepsOn(process.stderr));
const missing = typeof peers === 'string' ? `: ${peers}` : '';

const account = {
  specversion: '1.0',
  id: 'e-1',
  source: 'crm',
  type: 'account.updated',
  subject: 'A-1',
  data: { id: 'A-1', name: 'Acme', plan: 'pro' },
};

const clients = {
  'SDK 2 as it is': (url: string, over: Over) => newClient(url, over, 'legacy'),
  'SDK 2, negotiating': (url: string, over: Over) => newClient(url, over, 'auto'),
  'SDK 1': (url: string, over: Over) => oldClient((peers as McpPeers).modules, url, over),
};
const cases = Object.entries(clients).flatMap(([name, open]) =>
  (['http', 'stdio'] as const).map((over) => ({ name, over, open })),
);

describe.skipIf(typeof peers === 'string')(`MCP (needs the programs of its makers${missing})`, () => {
  const folder = scratchFolder();
  let url: string;
  beforeAll(async () => {
    ensureBuilt();
    const server = await Server.start(folder);
    url = String(await server.opened);
    await server.ok('/v1/events', [account]);
  });
  afterAll(() => {
    endAll();
    removeFolder(folder);
  });

  it.each(cases)('$name over $over lists, calls, reads and gets a prompt', async ({ over, open }) => {
    const host = await open(url, over);
    try {
      await isServed(host);
    } finally {
      await host.close();
    }
  });

  it.each(['http', 'stdio'] as const)('the inspector lists and calls over %s', async (over) => {
    const target =
      over === 'http' ? [`${url}/mcp`, '--transport', 'http'] : [process.execPath, entry, 'mcp', '--url', url];
    expect(await inspected([...target, '--method', 'tools/list'])).toContain('get_context');
    const call = ['--method', 'tools/call', '--tool-name', 'get_context', '--tool-arg', 'account=A-1'];
    expect(await inspected([...target, ...call])).toContain('"Acme"');
  });
});

async function isServed(host: Host): Promise<void> {
  const { tools } = await host.listTools();
  expect(tools.map(({ name }) => name)).toContain('get_context');
  const called = await host.callTool({ name: 'get_context', arguments: { account: 'A-1' } });
  expect(called).toMatchObject({ structuredContent: { account: 'A-1', id: expect.stringMatching(/^sha256-/) } });
  const { id } = (called as { readonly structuredContent: { readonly id: string } }).structuredContent;
  expect(await host.readResource({ uri: `snapshot://${id}` })).toMatchObject({
    contents: [{ text: expect.stringContaining('Acme') }],
  });
  const { prompts } = await host.listPrompts();
  expect(prompts.map(({ name }) => name)).toContain('support_answer');
  const prompt = await host.getPrompt({
    name: 'support_answer',
    arguments: { account: 'A-1', question: 'Which plan?' },
  });
  expect(JSON.stringify(prompt)).toContain('Acme');
}

/** What it printed. */
async function inspected(args: readonly string[]): Promise<string> {
  const { node, inspector } = peers as McpPeers;
  const lines: string[] = [];
  const { code } = await runTool(node, [inspector, '--cli', ...args], { onLine: (line) => lines.push(line) });
  expect(code, lines.join('\n')).toBe(0);
  return lines.join('\n');
}
