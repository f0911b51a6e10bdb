/**
 * The prompts of the folder, as MCP lists and gets them: each is a context snapshot of an account with its messages, recorded like any
 * other. MCP knows no system messages, so what the system says is the first thing the user says.
 */
import { z } from 'zod';
import { promptsReply } from '../api/routes/prompts.js';
import type { PromptListing } from '../prompts/listing.js';
import type { Asking } from './asking.js';
import { noPromptSource, type PromptArgument, type PromptSource, type ShownPrompt } from './prompts.js';

type Listing = Pick<PromptListing, 'id' | 'variant' | 'description' | 'needsQuestion' | 'inputs'>;

const released = z.object({
  prompt: z.object({
    messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  }),
});

/** `listings` as GET /v1/prompts has them, of this process or of the server that is asked. */
export function promptSource(listings: readonly Listing[]): PromptSource {
  const byName = new Map(listings.map((listing) => [nameOf(listing), listing]));
  const shown = [...byName].map(([name, listing]) => listedAs(name, listing));
  return {
    list: async () => shown,
    get: async (name, { account, question, ...input }, asking) => {
      const listing = byName.get(name);
      if (listing === undefined) throw new Error('a prompt that is not listed was asked for');
      const { id, variant } = listing;
      const prompt = { id, ...(variant === null ? {} : { variant }), input };
      const reply = await asking.post('/v1/context', { account, question, prompt });
      if (reply.kind === 'refused') return reply;
      const messages = released.parse(reply.value).prompt.messages.map(({ role, content }) => {
        return { role: role === 'assistant' ? role : ('user' as const), text: content };
      });
      return { kind: 'messages', messages, from: reply.value };
    },
  };
}

/** Neither part of a name has a hyphen in it. */
function nameOf({ id, variant }: Listing): string {
  return variant === null ? id : `${id}-${variant}`;
}

function listedAs(name: string, { description, needsQuestion, inputs }: Listing): ShownPrompt {
  const given: readonly PromptArgument[] = [
    { name: 'account', description: 'The id of the account it is about', required: true },
    { name: 'question', description: 'What is asked', required: needsQuestion },
  ];
  const own = inputs.map(({ name: input, description: what, required, values }): PromptArgument => {
    const choice = values === null ? '' : ` (one of ${values.join(', ')})`;
    return { name: input, description: `${what}${choice}`, required };
  });
  return { name, description, arguments: [...given, ...own] };
}

/**
 * Those of whoever is asked. Where they cannot be had there are none for now, `onUnknown` hears why, and the next who wants them asks
 * again: a host may be started before its server.
 */
export function askedPrompts(asking: Asking, onUnknown: (code: string) => void): PromptSource {
  let known: PromptSource | undefined;
  const source = async (): Promise<PromptSource> => {
    if (known !== undefined) return known;
    const reply = await asking.get('/v1/prompts');
    const found = reply.kind === 'told' ? promptsReply.safeParse(reply.value) : undefined;
    if (found?.success === true) known = promptSource(found.data.prompts);
    else onUnknown(reply.kind === 'refused' ? String(reply.problem.code) : 'unreachable');
    return known ?? noPromptSource;
  };
  return {
    list: async () => (await source()).list(),
    get: async (name, args, by) => (await source()).get(name, args, by),
  };
}
