/** The same context asked for as a tool of MCP and as an address of HTTP, of one server: what the protocol costs. */
import { createApp } from '../../../src/api/app.js';
import { noAuthentication } from '../../../src/api/auth.js';
import { listen } from '../../../src/cli/server.js';
import { mcpMount } from '../../../src/mcp/http.js';
import { noPromptSource } from '../../../src/mcp/prompts.js';
import { createLogger } from '../../../src/observability/logger.js';
import { CpuPerAnswer, ownCpuUs } from '../cpu.js';
import type { Row } from '../harness.js';
import type { Load } from '../load.js';
import { openSnapshotWorld, requestBody, tenant, warmUp } from '../snapshot-world.js';

const REVISION = '2026-07-28';
const NAME = 'get_context';

export const mcp: Row = {
  name: 'mcp: get_context as a tool ÷ the same over HTTP, one server, 16 connections',
  unit: 'requests/s',
  better: 'high',
  goal: { ship: 0.7, stretch: 0.85 },
  open: async () => {
    const world = await openSnapshotWorld();
    const mounts = [mcpMount({ version: 'bench', prompts: noPromptSource })];
    const logger = createLogger({ level: 'silent' });
    const app = createApp(world.service, { auth: noAuthentication(tenant), logger, version: 'bench', mounts });
    const server = await listen(app, '127.0.0.1', 0);
    const over = {
      mcp: { ...load, url: `${server.url}/mcp`, body: JSON.stringify(message), headers },
      http: { ...load, url: `${server.url}/v1/context`, body: requestBody },
    };
    await warmUp(over.http.url);
    await warmUp(over.mcp.url, over.mcp);
    const cpu = { mcp: new CpuPerAnswer(ownCpuUs), http: new CpuPerAnswer(ownCpuUs) };
    return {
      ours: () => cpu.mcp.of(over.mcp),
      baseline: () => cpu.http.of(over.http),
      note: () => `processor time of the server per request ${cpu.mcp.medianUs} ÷ ${cpu.http.medianUs} µs`,
      close: async () => {
        await server.drain();
        await world.close();
      },
    };
  },
};

const load = { connections: 16, perSecond: null, forMs: 2_000 } satisfies Partial<Load>;

const headers = {
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': REVISION,
  'mcp-method': 'tools/call',
  'mcp-name': NAME,
};

/** As a client of this revision sends it. */
const message = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: NAME,
    arguments: JSON.parse(requestBody),
    _meta: {
      'io.modelcontextprotocol/protocolVersion': REVISION,
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};
