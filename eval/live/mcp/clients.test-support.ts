/** Clients that others wrote, each over both transports, all seen through the four things that a host does. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { entry } from '../../processes/server.test-support.js';

export interface Host {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { readonly name: string; readonly arguments: Record<string, unknown> }): Promise<object>;
  readResource(of: { readonly uri: string }): Promise<object>;
  listPrompts(): Promise<{ readonly prompts: readonly { readonly name: string }[] }>;
  getPrompt(of: { readonly name: string; readonly arguments: Record<string, string> }): Promise<object>;
  close(): Promise<void>;
}

export type Over = 'http' | 'stdio';

/** A process of ours that asks the server at this base address. */
export function stdioProgram(url: string) {
  return { command: process.execPath, args: [entry, 'mcp', '--url', url], stderr: 'ignore' as const };
}

export async function newClient(url: string, over: Over, mode: 'auto' | 'legacy'): Promise<Host> {
  const client = new Client({ name: 'peer', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(
    over === 'http'
      ? new StreamableHTTPClientTransport(new URL('/mcp', url))
      : new StdioClientTransport(stdioProgram(url)),
  );
  return client;
}

/** The client of the first SDK, which knows the revision of 2025 alone. `modules` has it. */
export async function oldClient(modules: string, url: string, over: Over): Promise<Host> {
  const part = async (file: string) =>
    import(pathToFileURL(join(modules, '@modelcontextprotocol/sdk/dist/esm/client', file)).href);
  const { Client: OldClient } = await part('index.js');
  const transport =
    over === 'http'
      ? new (await part('streamableHttp.js')).StreamableHTTPClientTransport(new URL('/mcp', url))
      : new (await part('stdio.js')).StdioClientTransport(stdioProgram(url));
  const client = new OldClient({ name: 'peer', version: '1' });
  await client.connect(transport);
  return client;
}
