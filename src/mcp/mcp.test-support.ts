/** What tests of MCP are written with: the real client against the application, without a socket. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { ApiWorld, type ApiWorldOptions } from '../api/world.test-support.js';
import type { JsonObject } from '../domain/canonical.js';
import { mcpMount } from './http.js';
import { noPromptSource, type PromptSource } from './prompts.js';
import { PROVENANCE, type Provenance } from './provenance.js';

export const address = 'http://127.0.0.1:7420/mcp';

export interface McpWorldOptions extends ApiWorldOptions {
  readonly prompts?: PromptSource;
}

export function openMcp({ prompts = noPromptSource, ...options }: McpWorldOptions = {}): Promise<ApiWorld> {
  return ApiWorld.open({ ...options, mounts: [mcpMount({ version: '0.1.0', prompts })] });
}

/** Sends what a client of this machine sends, and answers like a server on it. */
export function fetchFrom(api: ApiWorld, headers: Readonly<Record<string, string>> = {}): typeof fetch {
  return async (input, init) => {
    const sent = new Headers(init?.headers);
    for (const [name, value] of Object.entries({ host: '127.0.0.1:7420', ...headers })) sent.set(name, value);
    return api.app.fetch(new Request(input, { ...init, headers: sent }));
  };
}

export const modes = ['auto', 'legacy'] as const;
/** `auto` settles on 2026-07-28, `legacy`, the default of the client, on 2025-11-25. */
export type Mode = (typeof modes)[number];

export async function connected(
  api: ApiWorld,
  mode: Mode,
  headers?: Readonly<Record<string, string>>,
): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(address), { fetch: fetchFrom(api, headers) }));
  return client;
}

export interface Called {
  readonly isError: boolean;
  readonly value: JsonObject;
  readonly texts: readonly string[];
  readonly provenance: Provenance;
  readonly problem: JsonObject;
}

export async function called(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Called> {
  const result = await client.callTool({ name, arguments: args });
  const content = result.content ?? [];
  return {
    isError: result.isError === true,
    value: (result.structuredContent ?? {}) as JsonObject,
    texts: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])),
    provenance: result._meta?.[PROVENANCE] as Provenance,
    problem: (result._meta?.['tidemark/problem'] ?? {}) as JsonObject,
  };
}
