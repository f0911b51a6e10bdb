/** MCP over two streams, one JSON-RPC message a line. The first exchange decides the revision; both are served by the same core. */
import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { limits } from '../limits.js';
import type { Asking } from './asking.js';
import { type McpParts, mcpServer } from './server.js';

export interface Pipe {
  readonly input: Readable;
  readonly output: Writable;
}

export interface ServedPipe {
  /** Resolves when the host has closed its end, or sent what is no message of a legal length. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** `onError` is told what was not served; it changes nothing of what is sent. */
export function serveOverPipe(
  parts: McpParts,
  asking: Asking,
  { input, output }: Pipe,
  onError: (error: Error) => void,
): ServedPipe {
  const transport = new TellingTransport(input, output, { maxBufferSize: limits.requestBytesMax });
  const served = serveStdio(() => mcpServer(parts, asking), {
    transport,
    maxSubscriptions: limits.mcpSubscriptionsMax,
    onerror: onError,
  });
  return { closed: transport.closed, close: () => served.close() };
}

/** Tells when it is closed: its callbacks belong to whoever serves it. */
class TellingTransport extends StdioServerTransport {
  #tell = () => {};
  readonly closed = new Promise<void>((resolve) => {
    this.#tell = resolve;
  });

  override async close(): Promise<void> {
    await super.close();
    this.#tell();
  }
}
