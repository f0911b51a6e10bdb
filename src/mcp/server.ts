/**
 * The one core: a server with its tools, resources and prompts. Both transports make it anew, for a request or for a connection, so
 * it holds nothing but whom it asks for.
 */
import { McpServer, type McpServerOptions } from '@modelcontextprotocol/server';
import { limits } from '../limits.js';
import type { Asking } from './asking.js';
import type { PromptSource } from './prompts.js';
import { type AddedPrompt, registerPrompts } from './register-prompts.js';
import { registerResources } from './resources.js';
import { resultOf } from './results.js';
import type { Tool } from './tool.js';
import { tools } from './tools/index.js';

export interface McpParts {
  /** Of the package. */
  readonly version: string;
  readonly prompts: PromptSource;
  /** What a test mounts beside it. */
  readonly also?: Addition;
}

export interface Addition extends Pick<McpServerOptions, 'requestState'> {
  readonly prompts: readonly AddedPrompt[];
  register(server: McpServer): void;
}

const instructions =
  'Live business state for copilots. Begin with describe_context; ask get_context before you answer about an account or act for one; ' +
  'claim_tool_call before every action with an effect, act only on "proceed", and say with record_tool_outcome what came of it; ' +
  'record_decision with the ids of the snapshots used. ' +
  'Every result has _meta["tidemark/provenance"]: while its readiness is not "ready", what is missing may only not be loaded.';

/** What is listed changes with the version only; what is read may be erased, and is kept by nobody. */
const listed = { ttlMs: limits.mcpListTtlMs, cacheScope: 'private' } as const;
const never = { ttlMs: 0, cacheScope: 'private' } as const;

const options: McpServerOptions = {
  instructions,
  capabilities: { tools: { listChanged: false }, resources: { listChanged: false }, prompts: { listChanged: false } },
  cacheHints: {
    'server/discover': listed,
    'tools/list': listed,
    'prompts/list': listed,
    'resources/templates/list': listed,
    'resources/list': listed,
    'resources/read': never,
  },
};

export function serverInfo(version: string) {
  return { name: 'tidemark', title: 'Tidemark', version };
}

export function mcpServer({ version, prompts, also }: McpParts, asking: Asking): McpServer {
  const server = new McpServer(serverInfo(version), { ...options, ...stateOf(also) });
  for (const tool of tools) registerTool(server, tool, asking);
  registerResources(server, asking);
  registerPrompts(server, prompts, asking, also?.prompts ?? []);
  also?.register(server);
  return server;
}

/** The tools here ask their client for nothing, so they have no state that would have to come back. */
function stateOf(also: Addition | undefined): Pick<McpServerOptions, 'requestState'> {
  return also?.requestState === undefined ? {} : { requestState: also.requestState };
}

function registerTool(server: McpServer, tool: Tool, asking: Asking): void {
  const { name, title, description, annotations, input, output, call } = tool;
  server.registerTool(
    name,
    { title, description, inputSchema: input, outputSchema: output, annotations },
    async (given, { mcpReq }) => resultOf(await call(given, traced(asking, mcpReq._meta))),
  );
}

/** The trace context that the protocol carries in `_meta` (W3C Trace Context) goes on as headers. */
function traced(asking: Asking, meta: Readonly<Record<string, unknown>> | undefined): Asking {
  const { traceparent, tracestate } = meta ?? {};
  if (typeof traceparent !== 'string') return asking;
  return asking.with({ traceparent, ...(typeof tracestate === 'string' ? { tracestate } : {}) });
}
