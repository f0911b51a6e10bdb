/** Prompts as the protocol lists and gets them. */
import {
  type GetPromptResult,
  type InputRequiredResult,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Asking } from './asking.js';
import type { PromptSource, ShownPrompt } from './prompts.js';
import { PROVENANCE, provenanceOf } from './provenance.js';
import { PROBLEM, problemText } from './results.js';

/** A prompt that is none of the folder's. */
export interface AddedPrompt {
  readonly shown: ShownPrompt;
  get(given: Readonly<Record<string, unknown>>, ctx: ServerContext): GetPromptResult | InputRequiredResult;
}

/** By handlers of its own: what the library registers is settled before a client connects, and a source may come to know its prompts later. */
export function registerPrompts(
  server: McpServer,
  source: PromptSource,
  asking: Asking,
  added: readonly AddedPrompt[],
): void {
  server.server.setRequestHandler('prompts/list', async () => {
    const shown = [...(await source.list()), ...added.map((one) => one.shown)];
    return { prompts: shown.map(asListed) };
  });
  server.server.setRequestHandler('prompts/get', async ({ params }, ctx) => {
    const { name, arguments: given = {} } = params;
    const extra = added.find(({ shown }) => shown.name === name);
    if (extra !== undefined) return extra.get(given, ctx);
    const listed = (await source.list()).find((one) => one.name === name);
    if (listed === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Prompt ${name} not found`);
    return get({ source, listed, asking }, given);
  });
}

function asListed({ name, title, description, arguments: taken }: ShownPrompt) {
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    arguments: taken.map((one) => ({ ...one })),
  };
}

type Arguments = z.ZodType<Readonly<Record<string, string | undefined>>>;

/** Made once for each prompt: a server is made per request. */
const made = new WeakMap<ShownPrompt, Arguments>();

function argumentsOf(listed: ShownPrompt): Arguments {
  const found = made.get(listed);
  if (found !== undefined) return found;
  const members = listed.arguments.map(({ name, description = '', required }) => {
    const text = z.string().describe(description);
    return [name, required ? text : text.optional()] as const;
  });
  const schema = z.strictObject(Object.fromEntries(members));
  made.set(listed, schema);
  return schema;
}

interface Getting {
  readonly source: PromptSource;
  readonly listed: ShownPrompt;
  readonly asking: Asking;
}

async function get({ source, listed, asking }: Getting, given: unknown): Promise<GetPromptResult> {
  const read = argumentsOf(listed).safeParse(given ?? {});
  if (!read.success) throw invalidArguments(listed, read.error);
  const named = Object.entries(read.data).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const reply = await source.get(listed.name, Object.fromEntries(named), asking);
  const provenance = await provenanceOf(reply.kind === 'refused' ? reply.problem : (reply.from ?? {}), asking, null);
  if (reply.kind === 'refused') {
    const told = problemText(reply.problem, provenance);
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, told, {
      [PROBLEM]: reply.problem,
      [PROVENANCE]: provenance,
    });
  }
  const { description } = listed;
  return {
    ...(description === undefined ? {} : { description }),
    messages: reply.messages.map(({ role, text }) => ({ role, content: { type: 'text', text } })),
    _meta: { [PROVENANCE]: provenance },
  };
}

function invalidArguments({ name }: ShownPrompt, error: z.ZodError): ProtocolError {
  const faults = error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `arguments of prompt ${name}: ${faults.join('; ')}`);
}
