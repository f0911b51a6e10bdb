// @ts-check
/**
 * An MCP host as small as one can be: reads the configuration beside it, which other hosts read as well, connects to each server, over
 * a pipe or over HTTP, and lists its tools. TIDEMARK_HOME is the folder of the checkout, which `npm run build` has built.
 *
 *     TIDEMARK_URL=http://127.0.0.1:7420 TIDEMARK_KEY=tm_... node examples/mcp-host/list-tools.mjs
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { program, settings } from '../settings.mjs';

/**
 * @typedef {{ command: string, args?: string[], env?: Record<string, string> }} PipeServer
 * @typedef {{ type: 'http', url: string, headers?: Record<string, string> }} HttpServer
 * @typedef {Record<string, PipeServer | HttpServer>} Servers
 */

/** Of the checkout that this file lies in. */
export const home = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * The servers of `mcp.json`, with `${NAME}` replaced.
 * @param {Record<string, string>} values
 * @returns {Servers}
 */
export function configured(values) {
  const text = readFileSync(new URL('mcp.json', import.meta.url), 'utf8');
  const replaced = (/** @type {string} */ one) => one.replaceAll(/\$\{(\w+)\}/g, (_, name) => values[name] ?? '');
  return JSON.parse(text, (_, value) => (typeof value === 'string' ? replaced(value) : value)).mcpServers;
}

/**
 * Names of a server's tools.
 * @param {PipeServer | HttpServer} server
 * @param {{ fetch?: typeof globalThis.fetch }} [options]
 * @returns {Promise<string[]>}
 */
export async function toolsOf(server, { fetch } = {}) {
  const client = new Client({ name: 'example-host', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(
    'url' in server
      ? new StreamableHTTPClientTransport(new URL(server.url), {
          requestInit: { headers: server.headers ?? {} },
          ...(fetch === undefined ? {} : { fetch }),
        })
      : new StdioClientTransport(server),
  );
  try {
    const { tools } = await client.listTools();
    return tools.map(({ name }) => name);
  } finally {
    await client.close();
  }
}

await program(import.meta.url, async () => {
  const { url, key = '' } = settings();
  const values = { TIDEMARK_URL: url, TIDEMARK_KEY: key, TIDEMARK_HOME: home };
  for (const [name, server] of Object.entries(configured(values))) {
    const told = await toolsOf(server).then((tools) => tools.join(', '), troubleOf);
    console.log(`${name}: ${told}`);
  }
});

/** @param {unknown} error */
function troubleOf(error) {
  process.exitCode = 1;
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return `no tools, because of: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}. Does a service run there?`;
}
