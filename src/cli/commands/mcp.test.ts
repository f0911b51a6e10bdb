import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { describe, expect, it } from 'vitest';
import { called, type Mode, modes } from '../../mcp/mcp.test-support.js';
import { account, memoryComposition, ndjson, type RunOptions, runCli } from '../cli.test-support.js';

/** A host that has started the command: lines of the protocol are the same in both directions. */
async function hosted(mode: Mode, options: RunOptions = {}) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const ended = runCli(['mcp'], { ...options, pipe: { input, output } });
  const client = new Client({ name: 'host', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StdioServerTransport(output, input));
  const end = () => {
    input.end();
    return ended;
  };
  return { client, end };
}

async function loaded() {
  const composition = memoryComposition();
  expect((await runCli(['load', '-'], { composition, input: ndjson(account) })).code).toBe(0);
  return composition;
}

describe.each(modes)('tidemark mcp, for a host in mode %s', (mode) => {
  it('opens the service of the configuration and answers from it', async () => {
    const { client, end } = await hosted(mode, { composition: await loaded() });
    await expect.poll(async () => (await called(client, 'get_context', { account: 'A-1' })).isError).toBe(false);
    const { value, provenance } = await called(client, 'get_context', { account: 'A-1' });
    expect(value).toMatchObject({ account: 'A-1', tenant: 'default' });
    expect(provenance.snapshot).toBe(value.id);
    expect((await end()).code).toBe(0);
  });

  it('writes nothing beside the protocol, and ends in order when the host closes its end', async () => {
    const { client, end } = await hosted(mode);
    await client.listTools();
    expect(await end()).toEqual({ code: 0, out: '', err: '' });
  });

  it('asks the server it is given, and tells when nobody answers there', async () => {
    const settings = { TIDEMARK_URL: 'http://127.0.0.1:1' };
    const { client, end } = await hosted(mode, { settings });
    const { isError, problem, provenance } = await called(client, 'get_context', { account: 'A-1' });
    expect([isError, problem.code, provenance.readiness]).toEqual([true, 'unreachable', 'degraded']);
    expect((await end()).code).toBe(0);
  });
});
