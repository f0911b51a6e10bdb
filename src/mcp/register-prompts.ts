/** Prompts as the protocol lists and gets them. */
import { type GetPromptResult, type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Asking } from './asking.js';
import type { PromptSource, ShownPrompt } from './prompts.js';
import { PROVENANCE, provenanceOf } from './provenance.js';
import { PROBLEM, problemText } from './results.js';
import { type Shown, shownInput } from './schema.js';

export function registerPrompts(server: McpServer, source: PromptSource, asking: Asking): void {
  for (const listed of source.list()) {
    const { name, title, description } = listed;
    const named = { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
    server.registerPrompt(name, { ...named, argsSchema: argumentsOf(listed).shown }, (given) =>
      get({ source, listed, asking }, given),
    );
  }
}

interface Arguments {
  readonly schema: z.ZodType<Readonly<Record<string, string | undefined>>>;
  readonly shown: Shown;
}

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
  const both = { schema, shown: shownInput(schema) };
  made.set(listed, both);
  return both;
}

interface Getting {
  readonly source: PromptSource;
  readonly listed: ShownPrompt;
  readonly asking: Asking;
}

async function get({ source, listed, asking }: Getting, given: unknown): Promise<GetPromptResult> {
  const read = argumentsOf(listed).schema.safeParse(given ?? {});
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
